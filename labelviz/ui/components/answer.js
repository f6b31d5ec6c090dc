// All that a reviewer can say about a card: a verdict, a target, a note, the way to another card.
// It proposes; Python checks what comes back. Data is only ever set as textContent.

const SEEN_MS = 350;
const DRAFT_MS = 600;
const PATIENCE_MS = 8000;

function typing(event) {
  return event.composedPath().some((each) =>
    each.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(each.tagName));
}

function pressing(event) {
  return event.composedPath().some((each) => ["BUTTON", "A", "SUMMARY"].includes(each.tagName));
}

function moving(event) {
  // Whether the arrows move something within a group of controls.
  return event.composedPath().some((each) => ["radio", "tab", "option"].includes(each.role)
    || ["radiogroup", "tablist", "listbox", "menu"].includes(each.role));
}

function covered() {
  // Whether a drawer or a menu lies over the card.
  return document.querySelector('[role="dialog"], [data-testid="stDialog"]') !== null;
}

function letter(event) {
  // The key's letter, also where an input method stands between.
  const typed = event.key.length === 1 ? event.key : event.code.replace(/^Key/, "");
  return typed.length === 1 ? typed.toLowerCase() : "";
}

function button(key, press) {
  const element = made("button", "");
  element.type = "button";
  element.append(made("span"), " ", made("kbd", "", key));
  element.setAttribute("aria-keyshortcuts", key);
  // The second click of a double click would decide the card that came meanwhile.
  element.addEventListener("click", (event) => { if (event.detail < 2) press(); });
  return element;
}

class Answer {
  constructor(parent) {
    this.root = made("div", "answer");
    this.choices = made("div", "buttons choices");
    this.editor = new Editor((what) => this.decide(what, SEEN_MS), () => this.touched());
    this.note = made("input", "remark");
    this.note.autocomplete = "off";
    this.note.addEventListener("input", () => { this.noted = true; this.touched(); });
    this.note.addEventListener("change", () => this.sendDraft());
    this.note.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      this.note.blur();
      event.stopPropagation();
    });
    this.steps = made("div", "buttons steps");
    this.recent = made("div", "recent");
    this.root.append(this.choices, this.editor.root, this.note, this.steps, this.recent);
    // A button that a pointer pressed would take the next Enter, and decide the card that came.
    this.root.addEventListener("click", (event) => {
      if (event.detail > 0) event.target.closest("button")?.blur();
    });
    parent.append(this.root);
    this.buttons = new Map();
    this.pending = null;
    this.draftTimer = null;
    this.listen();
  }

  listen() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    // The keys of the page's buttons would act on a card that nobody sees.
    window.addEventListener("keydown", (event) => {
      if (event.key.length === 1 && covered() && !typing(event)) event.stopImmediatePropagation();
    }, { capture: true, signal });
    // A choice on its way is sent before the next key or press does anything.
    for (const kind of ["keydown", "pointerdown"]) {
      document.addEventListener(kind, () => this.settle(), { capture: true, signal });
    }
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    window.addEventListener("pagehide", () => { this.settle(); this.sendDraft(); }, { signal });
  }

  close() {
    this.settle();
    this.leaving.abort();
    clearTimeout(this.draftTimer);
    clearTimeout(this.patience);
    this.root.remove();
  }

  // Drawing

  show(data, send) {
    const same = this.operation === data.operation;
    this.send = send;
    this.data = data;
    this.operation = data.operation;
    this.root.dataset.shown = data.shown;
    this.drawButtons();
    this.drawRecent();
    this.note.placeholder = data.words.note;
    this.note.ariaLabel = data.words.noteLabel;
    if (same && this.pending) return;
    clearTimeout(this.patience);
    this.done = false;
    if (same && (this.editor.edited || this.noted)) {
      this.editor.renew(data.bars);
      return;
    }
    this.noted = false;
    this.note.value = data.note;
    this.editor.show(data.bars);
  }

  drawButtons() {
    const { choices, words, undo, redo } = this.data;
    for (const { verdict, words: says, key, enabled, primary } of choices) {
      const press = () => this.judge(verdict);
      this.drawButton(this.choices, { name: verdict, says, key, enabled, primary, press });
    }
    for (const [name, key, enabled, press] of [
      ["previous", "K", true, () => this.move(-1)],
      ["next", "J", true, () => this.move(1)],
      ["undo", "Z", undo, () => this.takeBack(false)],
      ["redo", "Shift+Z", redo, () => this.takeBack(true)],
    ]) this.drawButton(this.steps, { name, says: words[name], key, enabled, press });
  }

  drawButton(group, { name, says, key, enabled, primary, press }) {
    let element = this.buttons.get(name);
    if (!element) {
      element = button(key, press);
      this.buttons.set(name, element);
      group.append(element);
    }
    element.firstChild.textContent = says;
    element.disabled = !enabled;
    element.classList.toggle("primary", Boolean(primary));
  }

  drawRecent() {
    this.recent.replaceChildren(...this.data.recent.map(({ sample, short, status }) => {
      const element = made("button", "");
      element.type = "button";
      element.role = "link";
      element.addEventListener("click", () => this.leave("revisit", { sample }));
      element.title = sample;
      element.append(made("span", "", short), " ", made("i", "", status));
      return element;
    }));
  }

  // Sending

  judge(verdict) {
    const choice = this.data.choices.find((each) => each.verdict === verdict);
    if (choice?.enabled) this.decide({ verdict }, 0);
  }

  decide(what, wait) {
    if (this.done) return;
    clearTimeout(this.draftTimer);
    this.draftTimer = null;
    this.done = true;
    this.editor.lock(true);
    const decision = {
      operation: this.operation, sample: this.data.sample, texts: this.data.texts,
      note: this.note.value, ...what,
    };
    this.pending = { decision, timer: setTimeout(() => this.settle(), wait) };
    if (wait === 0) this.settle();
  }

  settle() {
    if (!this.pending) return;
    const { decision, timer } = this.pending;
    clearTimeout(timer);
    this.pending = null;
    this.send("decide", decision);
    this.patience = setTimeout(() => this.giveUp(), PATIENCE_MS);
  }

  giveUp() {
    // No answer came: said so, and the card can be decided again, which is one decision.
    this.done = false;
    this.editor.lock(false);
    this.editor.note.textContent = this.data.words.unanswered;
  }

  touched() {
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.sendDraft(), DRAFT_MS);
  }

  sendDraft() {
    if (this.done || this.draftTimer === null) return;
    clearTimeout(this.draftTimer);
    this.draftTimer = null;
    const row = this.editor.edited ? this.editor.row : null;
    const { operation, data: { sample, texts }, note } = this;
    this.send("draft", { operation, sample, texts, note: note.value, row });
  }

  move(step) {
    this.leave("move", { sample: this.data.sample, step });
  }

  takeBack(redo) {
    if (redo ? this.data.redo : this.data.undo) this.leave("take_back", { redo });
  }

  leave(event, where) {
    // What was just set and not saved is there again when the card comes back.
    this.sendDraft();
    this.send(event, where);
  }

  // Keys

  key(event) {
    if (event.repeat || event.ctrlKey || event.metaKey || covered()) return;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (event.altKey) {
      if (digit === undefined || digit === "0") return;
      event.preventDefault();
      this.editor.sure(Number(digit) / 10);
    } else if (!typing(event) && this.act(event, digit)) event.preventDefault();
  }

  act(event, digit) {
    // What a key does; false where it does nothing here.
    const k = this.data.bars.keys.indexOf(digit);
    if (digit !== undefined && !event.shiftKey && k >= 0) this.editor.choose(k);
    else if (event.key === "Enter" && !pressing(event)) this.editor.save();
    else if (event.key.startsWith("Arrow")) return this.arrow(event);
    else return this.say(letter(event), event.shiftKey);
    return true;
  }

  arrow(event) {
    if (moving(event)) return false;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      this.editor.pick(event.key === "ArrowUp" ? -1 : 1);
    } else this.move(event.key === "ArrowLeft" ? -1 : 1);
    return true;
  }

  say(key, shift) {
    const choice = this.data.choices.find((each) => each.key.toLowerCase() === key);
    if (key === "z") this.takeBack(shift);
    else if (shift) return false;
    else if (choice) this.judge(choice.verdict);
    else if (key === "j" || key === "k") this.move(key === "k" ? -1 : 1);
    else return false;
    return true;
  }
}

const answers = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  if (!answers.has(parentElement)) answers.set(parentElement, new Answer(parentElement));
  answers.get(parentElement).show(data, setTriggerValue);
  return () => {
    answers.get(parentElement)?.close();
    answers.delete(parentElement);
  };
}
