// The soft-target editor: bars that a person drags, clicks, types, or moves by key.
// It proposes; Python checks what comes back. Data is only ever set as textContent.

const FINE = 0.01;
const STEP = 0.05;
const LEAP = 0.1;
const PROBABLE_CHIPS = 40;
const ROOMY = 6;
const NONE = -1;

export function giveWay(row, k, share, multilabel) {
  if (multilabel) return row.map((value, each) => (each === k ? share : value));
  const others = row.reduce((sum, value, each) => (each === k ? sum : sum + value), 0);
  const even = 1 / (row.length - 1);
  return row.map((value, each) =>
    each === k ? share : (others > 0 ? value / others : even) * (1 - share));
}

export function spread(said, count) {
  const row = new Array(count).fill(0);
  row[said.top] = said.share;
  let rest = 1 - said.share;
  const named = new Set([said.top, ...said.ruledOut]);
  if (said.runnerUp !== null) {
    row[said.runnerUp] = Math.min(said.runnerShare, rest);
    rest -= row[said.runnerUp];
    named.add(said.runnerUp);
  }
  const free = row.map((_, each) => each).filter((each) => !named.has(each));
  if (free.length) free.forEach((each) => { row[each] = rest / free.length; });
  else row[said.runnerUp === null ? said.top : said.runnerUp] += rest;
  return row;
}

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function limited(value) {
  return Math.min(1, Math.max(0, Math.round(value * 100) / 100));
}

class Bar {
  // A track with a fill, a number beside it, and the keys of a slider.
  constructor(barLabel, numberLabel, colour, change) {
    this.value = 0;
    this.change = change;
    this.track = made("div", "track");
    this.fill = made("div", "fill");
    this.fill.style.background = colour;
    this.track.append(this.fill);
    for (const at of [0.5, 0.65, 0.8, 0.95]) {
      const tick = made("i", "tick");
      tick.style.left = `${100 * at}%`;
      this.track.append(tick);
    }
    this.number = made("input", "number");
    this.number.inputMode = "decimal";
    this.number.autocomplete = "off";
    this.number.ariaLabel = numberLabel;
    this.track.role = "slider";
    this.track.tabIndex = 0;
    this.track.ariaLabel = barLabel;
    this.track.ariaValueMin = "0";
    this.track.ariaValueMax = "1";
    this.track.addEventListener("pointerdown", (event) => this.press(event));
    this.track.addEventListener("pointermove", (event) => this.drag(event));
    this.track.addEventListener("pointerup", (event) => this.release(event));
    this.track.addEventListener("pointercancel", (event) => this.release(event));
    this.track.addEventListener("keydown", (event) => this.key(event));
    this.number.addEventListener("focus", () => this.number.select());
    this.number.addEventListener("change", () => this.typed());
    this.number.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") {
        if (event.key === "Escape") this.show(this.value);
        this.number.blur();
        event.stopPropagation();
      }
    });
  }

  show(value) {
    this.value = value;
    const known = Number.isFinite(value);
    this.fill.style.width = `${known ? 100 * value : 0}%`;
    this.track.ariaValueNow = known ? value.toFixed(2) : "";
    this.number.value = known ? value.toFixed(2) : "";
  }

  at(event) {
    const box = this.track.getBoundingClientRect();
    return limited((event.clientX - box.left) / box.width);
  }

  press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.track.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.change(this.at(event));
  }

  drag(event) {
    if (this.dragging) this.change(this.at(event));
  }

  release(event) {
    this.dragging = false;
    this.track.releasePointerCapture?.(event.pointerId);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? FINE : STEP;
    const next = {
      ArrowRight: this.value + step, ArrowLeft: this.value - step,
      PageUp: this.value + LEAP, PageDown: this.value - LEAP, Home: 0, End: 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.change(limited(next));
  }

  typed() {
    const value = Number.parseFloat(this.number.value.replace(",", "."));
    const sensible = Number.isFinite(value) && value >= 0 && value <= 1;
    if (sensible) this.change(value);
    else this.show(this.value);
  }
}

class Editor {
  // The bars of one card; what is done with them is said through `decide` and `touched`.
  constructor(decide, touched) {
    this.root = made("div", "editor");
    this.decide = decide;
    this.touched = touched;
    this.done = false;
  }

  show(data) {
    const shape = JSON.stringify([data.classes, data.form, data.starts.map((s) => s.name),
      data.words, data.keys]);
    this.data = data;
    if (shape !== this.shape) {
      this.shape = shape;
      this.build();
    }
    this.edited = data.unsaved;
    if (data.form === "certainty") this.find.value = "";
    this.row = data.row.map((value) => (value === null ? NaN : value));
    this.said = { ...data.said, ruledOut: new Set(data.said.ruledOut) };
    this.picked = this.top();
    // Of a row without a top class nobody said which one is meant.
    this.unsaid = this.picked === NONE;
    this.lock(false);
  }

  renew(data) {
    // The same card again: what stands on the bars stays.
    this.data = data;
    this.lock(false);
  }

  lock(done) {
    // While a decision is on its way nothing moves.
    this.done = done;
    this.root.classList.toggle("chosen", done);
    this.draw();
  }

  top() {
    // The likeliest class; none where several of which one is true are as likely.
    let best = 0;
    this.row.forEach((value, each) => { if (value > this.row[best]) best = each; });
    const tied = this.row.filter((value) => value === this.row[best]).length > 1;
    return tied && !this.data.multilabel ? NONE : best;
  }

  hint() {
    this.note.textContent = this.data.words.untouched;
  }

  // Building

  build() {
    this.root.replaceChildren();
    this.bars = new Map();
    this.names = new Map();
    if (this.data.form === "certainty") this.buildCertainty();
    else this.buildBars();
    this.root.append(this.presetButtons(), this.startButtons(), this.foot());
  }

  buildBars() {
    const list = made("div", this.data.classes.length > ROOMY ? "bars several" : "bars");
    this.data.classes.forEach((each, k) => {
      const [barLabel, numberLabel] = [this.data.words.bar, this.data.words.number]
        .map((words) => words.replace("{class}", () => each.name));
      const bar = new Bar(barLabel, numberLabel, each.colour, (value) => this.set(k, value));
      const name = made("button", "name");
      name.type = "button";
      name.title = each.name;
      const key = this.data.keys[k];
      if (key) name.setAttribute("aria-keyshortcuts", key);
      if (key && key !== each.name) name.append(made("kbd", "", key), " ");
      name.append(made("span", "", each.name));
      name.addEventListener("click", () => this.choose(k));
      const line = made("div", "line");
      line.append(name, bar.track, bar.number);
      list.append(line);
      this.bars.set(k, bar);
      this.names.set(k, line);
    });
    this.root.append(list);
  }

  buildCertainty() {
    const { words, classes } = this.data;
    this.topChoice = this.classChoice(words.top, false, (k) => this.say({ top: k }));
    this.topBar = new Bar(words.topBar, words.topNumber, classes[0].colour,
      (share) => this.say({ share }));
    this.secondChoice = this.classChoice(words.runnerUp, true, (k) => this.say({ runnerUp: k }));
    this.secondBar = new Bar(words.runnerUpBar, words.runnerUpNumber, classes[0].colour,
      (share) => this.say({ runnerShare: share }));
    const grid = made("div", "bars");
    for (const [choice, bar] of [[this.topChoice, this.topBar],
      [this.secondChoice, this.secondBar]]) {
      const line = made("div", "line");
      line.append(choice, bar.track, bar.number);
      grid.append(line);
    }
    const only = made("button", "quiet", words.only);
    only.type = "button";
    only.addEventListener("click", () => this.ruleOutOthers());
    this.chips = made("div", "chips");
    this.chipOf = new Map();
    this.find = made("input", "find");
    this.find.placeholder = words.ruleOut;
    this.find.ariaLabel = words.ruleOut;
    this.find.addEventListener("input", () => this.drawChips());
    this.find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      this.find.blur();
      event.stopPropagation();
    });
    const head = made("div", "search");
    head.append(this.find, only);
    this.rest = made("div", "note");
    this.root.append(grid, head, this.chips, this.rest);
  }

  classChoice(label, none, change) {
    const choice = made("select", "class");
    choice.ariaLabel = label;
    if (none) choice.append(new Option(this.data.words.nobody, "-1"));
    this.data.classes.forEach((each, k) => {
      // The key stands last, so that typing a name finds it in the open list.
      const key = !none && this.data.keys[k] ? ` (${this.data.keys[k]})` : "";
      choice.append(new Option(each.name + key, String(k)));
    });
    // While a name is typed every letter changes the choice; the next one must not be a key.
    let byKeys = false;
    choice.addEventListener("pointerdown", () => { byKeys = false; });
    choice.addEventListener("keydown", (event) => {
      byKeys = true;
      if (event.key !== "Enter" && event.key !== "Escape") return;
      setTimeout(() => choice.blur());
      event.stopPropagation();
    });
    choice.addEventListener("change", () => {
      change(Number(choice.value) < 0 ? null : Number(choice.value));
      if (!byKeys) choice.blur();
    });
    return choice;
  }

  presetButtons() {
    const group = made("div", "buttons");
    for (const { name, share } of this.data.presets) {
      const button = made("button", "", name);
      button.type = "button";
      button.append(" ", made("b", "", share.toFixed(2)));
      button.addEventListener("click", () => this.sure(share));
      group.append(button);
    }
    return group;
  }

  startButtons() {
    const group = made("div", "buttons starts");
    this.data.starts.forEach(({ name }, index) => {
      const button = made("button", "", name);
      button.type = "button";
      button.addEventListener("click", () => this.start(this.data.starts[index].row));
      group.append(button);
    });
    return group;
  }

  foot() {
    const foot = made("div", "foot");
    this.saveButton = made("button", "save", this.data.words.save);
    this.saveButton.type = "button";
    this.saveButton.append(" ", made("kbd", "", "Enter"));
    this.saveButton.addEventListener("click", () => this.save());
    this.note = made("span", "note");
    this.note.setAttribute("role", "status");
    foot.append(this.saveButton, this.note);
    return foot;
  }

  // Drawing

  draw() {
    const { words, multilabel } = this.data;
    this.bars.forEach((bar, k) => bar.show(this.row[k]));
    this.names.forEach((line, k) => {
      line.classList.toggle("picked", k === this.picked);
      line.classList.toggle("given", this.data.given.includes(k));
      line.classList.toggle("on", multilabel && this.row[k] >= 0.5);
    });
    if (this.data.form === "certainty") this.drawCertainty();
    const total = this.row.reduce((sum, value) => sum + value, 0);
    this.saveButton.disabled = this.done || !this.edited
      || this.row.some((value) => !Number.isFinite(value));
    this.note.textContent = this.done ? words.saving
      : this.edited ? words.edited : multilabel ? "" : `${words.sum} ${total.toFixed(2)}`;
  }

  drawCertainty() {
    const { said, data } = this;
    this.topChoice.value = this.unsaid ? "" : String(said.top);
    this.secondChoice.value = String(said.runnerUp === null ? -1 : said.runnerUp);
    this.topBar.fill.style.background = data.classes[said.top].colour;
    this.topBar.show(this.row[said.top]);
    this.secondBar.track.classList.toggle("off", said.runnerUp === null);
    this.secondBar.track.ariaDisabled = String(said.runnerUp === null);
    this.secondBar.track.tabIndex = said.runnerUp === null ? -1 : 0;
    this.secondBar.number.disabled = said.runnerUp === null;
    if (said.runnerUp !== null) {
      this.secondBar.fill.style.background = data.classes[said.runnerUp].colour;
      this.secondBar.show(this.row[said.runnerUp]);
    } else this.secondBar.show(0);
    const free = data.classes.map((_, k) => k).filter((k) => this.isFree(k));
    const each = free.length ? this.row[free[0]] : 0;
    this.rest.textContent = `${data.words.rest} ${free.length} × ${each.toFixed(3)}`;
    this.drawChips();
  }

  isFree(k) {
    return k !== this.said.top && k !== this.said.runnerUp && !this.said.ruledOut.has(k);
  }

  drawChips() {
    const { said, data } = this;
    const wanted = this.find.value.trim().toLowerCase();
    const likely = data.likely.filter((k) => k !== said.top && k !== said.runnerUp
      && data.classes[k].name.toLowerCase().includes(wanted)).slice(0, PROBABLE_CHIPS);
    const chips = likely.map((k) => this.chip(k));
    // A chip that is put in its place again would lose the keyboard's focus.
    if (chips.some((chip, place) => chip !== this.chips.children[place])
      || chips.length !== this.chips.children.length) {
      this.chips.replaceChildren(...chips);
    }
    likely.forEach((k) => this.chip(k).setAttribute("aria-pressed", String(said.ruledOut.has(k))));
  }

  chip(k) {
    if (!this.chipOf.has(k)) {
      const chip = made("button", "chip", this.data.classes[k].name);
      chip.type = "button";
      chip.addEventListener("click", () => {
        const ruledOut = new Set(this.said.ruledOut);
        if (!ruledOut.delete(k)) ruledOut.add(k);
        this.say({ ruledOut });
      });
      this.chipOf.set(k, chip);
    }
    return this.chipOf.get(k);
  }

  // Changing

  set(k, share) {
    if (this.done) return;
    this.picked = k;
    this.row = giveWay(this.row.map((value) => (Number.isFinite(value) ? value : 0)),
      k, share, this.data.multilabel);
    this.changed();
  }

  say(change) {
    if (this.done) return;
    if (this.unsaid && change.top === undefined) {
      this.hint();
      return;
    }
    this.unsaid = false;
    const said = { ...this.said, ...change };
    said.ruledOut = new Set([...said.ruledOut]
      .filter((k) => k !== said.top && k !== said.runnerUp));
    if (said.runnerUp === said.top) said.runnerUp = null;
    if (change.runnerUp !== undefined && said.runnerUp !== null) {
      if (said.share >= 1) said.share = 0.8;
      said.runnerShare = limited((1 - said.share) * 0.75);
    }
    if (change.runnerShare !== undefined) {
      said.runnerShare = Math.min(change.runnerShare, 1 - said.share);
    } else if (said.runnerUp !== null) {
      said.runnerShare = Math.min(said.runnerShare, 1 - said.share);
    }
    this.said = said;
    this.picked = said.top;
    this.row = spread(said, this.data.classes.length);
    this.changed();
  }

  ruleOutOthers() {
    const { top, runnerUp } = this.said;
    const everyone = this.data.classes.map((_, k) => k);
    this.say({ ruledOut: new Set(everyone.filter((k) => k !== top && k !== runnerUp)) });
  }

  start(row) {
    if (this.done) return;
    this.row = [...row];
    this.picked = this.top();
    this.unsaid = this.picked === NONE;
    if (this.data.form === "certainty") this.readCertainty();
    this.changed();
  }

  readCertainty() {
    const order = this.row.map((_, k) => k).sort((a, b) => this.row[b] - this.row[a]);
    const [top, second, third] = order;
    const standsOut = this.row[second] > this.row[third] + 1e-6;
    const nothing = this.row[top] >= 1 - 1e-6 ? [] : order.filter((k) => this.row[k] === 0);
    this.said = {
      top, share: this.row[top], runnerUp: standsOut ? second : null,
      runnerShare: standsOut ? this.row[second] : 0, ruledOut: new Set(nothing),
    };
  }

  changed() {
    this.edited = true;
    this.draw();
    this.touched();
  }

  pick(step) {
    const count = this.row.length;
    if (this.data.form === "certainty") return;
    const from = this.picked === NONE && step < 0 ? 0 : this.picked;
    this.picked = (from + step + count) % count;
    this.draw();
  }

  // Saying

  sure(share) {
    if (this.done) return;
    if (this.data.form === "certainty" ? this.unsaid : this.picked === NONE) {
      this.hint();
      return;
    }
    if (this.data.form === "certainty") this.say({ share });
    else this.set(this.picked, share);
    if (!this.data.multilabel) this.save();
  }

  choose(k) {
    if (this.done || k >= this.row.length) return;
    if (this.data.multilabel) {
      this.set(k, this.row[k] >= 0.5 ? limited(1 - this.row[k]) : limited(1 - (this.row[k] || 0)));
      return;
    }
    this.row = this.row.map((_, each) => (each === k ? 1 : 0));
    this.picked = k;
    this.unsaid = false;
    if (this.data.form === "certainty") this.readCertainty();
    this.decide({ chosen: k });
  }

  clear() {
    // Of several labels, none.
    this.start(this.row.map(() => 0));
  }

  save() {
    if (this.done) return;
    if (this.saveButton.disabled) this.hint();
    else this.decide({ row: this.row });
  }
}
