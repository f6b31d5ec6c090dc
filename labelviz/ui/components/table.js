// One page of a queue as a table. Python checks what comes back. Data is only set as textContent.

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

class Table {
  constructor(parent) {
    this.root = made("div", "page");
    this.bar = made("div", "bar");
    this.said = made("span", "said");
    this.said.setAttribute("role", "status");
    this.decide = made("button", "primary");
    this.decide.type = "button";
    this.decide.addEventListener("click", () => this.send("decide", [...this.chosen]));
    this.clear = made("button");
    this.clear.type = "button";
    this.clear.addEventListener("click", () => this.choose([...this.chosen], false));
    this.bar.append(this.decide, this.clear, this.said);
    this.root.append(this.bar);
    parent.append(this.root);
    this.chosen = new Set();
    this.boxes = new Map();
    this.last = null;
    this.drawn = "";
  }

  show(data, setTriggerValue) {
    this.trigger = setTriggerValue;
    this.data = data;
    const now = JSON.stringify(data);
    if (now === this.drawn) return;
    this.drawn = now;
    this.chosen.clear();
    this.boxes.clear();
    this.last = null;
    const table = made("table");
    table.append(made("caption", "", data.words.caption), this.head(), this.body());
    this.table?.remove();
    this.table = table;
    this.root.append(table);
    this.clear.textContent = data.words.clear;
    this.count();
  }

  // What is sent twice is told apart by its act.
  send(event, what) {
    this.trigger(event, { what, act: crypto.randomUUID?.() ?? String(Math.random()) });
  }

  head() {
    const row = made("tr");
    const corner = made("th", "box");
    corner.scope = "col";
    this.all = this.box(this.data.words.all, () => this.choose([...this.boxes.keys()], this.all.checked));
    corner.append(this.all);
    row.append(corner);
    for (const column of this.data.columns) {
      const cell = made("th", column.kind);
      cell.scope = "col";
      if (column.sort) {
        if (column.order) cell.setAttribute("aria-sort", column.order);
        const mark = { ascending: " ↑", descending: " ↓" }[column.order] ?? "";
        const button = made("button", "", column.words + mark);
        button.type = "button";
        button.addEventListener("click", () => this.send("sort", column.sort));
        cell.append(button);
      } else {
        cell.textContent = column.words;
      }
      row.append(cell);
    }
    const head = made("thead");
    head.append(row);
    return head;
  }

  body() {
    const body = made("tbody");
    this.data.rows.forEach((each, place) => body.append(this.row(each, place)));
    return body;
  }

  row({ sample, cells }, place) {
    const row = made("tr");
    const first = made("td", "box");
    const box = this.box(this.data.words.one.replace("{sample}", () => cells[0]), (event) =>
      this.chooseTo(place, box.checked, event.shiftKey));
    this.boxes.set(sample, box);
    first.append(box);
    row.append(first);
    cells.forEach((text, column) => {
      const { kind } = this.data.columns[column];
      const cell = made("td", kind);
      if (kind === "id") {
        const open = made("button", "", text);
        open.type = "button";
        cell.append(open);
      } else {
        cell.append(made("div", "", text));
        if (kind === "text") cell.dir = "auto";
      }
      row.append(cell);
    });
    row.addEventListener("click", (event) => {
      const marked = String(getSelection()).length > 0;
      if (!event.composedPath().includes(first) && !marked) this.send("open", sample);
    });
    return row;
  }

  box(words, press) {
    const box = made("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", words);
    box.addEventListener("click", press);
    return box;
  }

  chooseTo(place, on, whole) {
    const samples = [...this.boxes.keys()];
    const from = whole && this.last !== null ? this.last : place;
    this.last = place;
    this.choose(samples.slice(Math.min(from, place), Math.max(from, place) + 1), on);
  }

  choose(samples, on) {
    for (const sample of samples) {
      const box = this.boxes.get(sample);
      box.checked = on;
      box.closest("tr").classList.toggle("on", on);
      if (on) this.chosen.add(sample);
      else this.chosen.delete(sample);
    }
    this.count();
  }

  count() {
    const count = this.chosen.size;
    this.all.checked = count > 0 && count === this.boxes.size;
    this.all.indeterminate = count > 0 && count < this.boxes.size;
    this.decide.textContent = this.data.words.decide.replace("{count}", count);
    this.decide.hidden = this.clear.hidden = count === 0;
    this.said.textContent = count === 0 ? this.data.words.none : "";
  }
}

const tables = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  if (!tables.has(parentElement)) tables.set(parentElement, new Table(parentElement));
  tables.get(parentElement).show(data, setTriggerValue);
  return () => tables.delete(parentElement);
}
