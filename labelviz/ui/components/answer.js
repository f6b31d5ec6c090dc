// All that a reviewer can say about a card: a verdict, a target, a note, the way to another card.
// It proposes; Python checks what comes back. Data is only ever set as textContent.

const SEEN_MS = 350;
const DRAFT_MS = 600;
const PATIENCE_MS = 8000;
const MOST_WAITING = 20;
const HURRY_MS = 8000;
const DRAWERS = "hsy"; // the keys that open help, similar samples and history close them too

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

function uncover() {
  document.querySelector('[role="dialog"] button[aria-label="Close"]')?.click();
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
    this.hurry = made("div", "hurry");
    this.hurry.setAttribute("role", "status");
    this.steps = made("div", "buttons steps");
    this.recent = made("div", "recent");
    this.root.append(this.choices, this.hurry, this.editor.root, this.note, this.steps,
      this.recent);
    // A button that a pointer pressed would take the next Enter, and decide the card that came.
    this.root.addEventListener("click", (event) => {
      if (event.detail > 0) event.target.closest("button")?.blur();
    });
    parent.append(this.root);
    this.buttons = new Map();
    this.pending = null;
    this.draftTimer = null;
    this.awaited = null;
    this.waiting = [];
    this.refused = [];
    this.listen();
  }

  listen() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    // The keys of the page's buttons would act on a card that nobody sees.
    window.addEventListener("keydown", (event) => {
      if (event.key.length !== 1 || !covered() || typing(event)) return;
      event.stopImmediatePropagation();
      const alone = !event.altKey && !event.ctrlKey && !event.metaKey && !event.repeat;
      if (alone && DRAWERS.includes(letter(event))) uncover();
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
    clearTimeout(this.calm);
    this.root.remove();
  }

  // Drawing

  show(data, send) {
    const same = this.operation === data.operation;
    this.post = send;
    this.data = data;
    this.operation = data.operation;
    if (data.heard === this.awaited) this.awaited = null;
    this.root.dataset.shown = data.shown;
    this.drawButtons();
    this.drawRecent();
    this.note.placeholder = data.words.note;
    this.note.ariaLabel = data.words.noteLabel;
    if (same && (this.pending || this.awaited)) return;
    clearTimeout(this.patience);
    this.done = false;
    this.awaited = null;
    if (same && (this.editor.edited || this.noted)) this.editor.renew(data.bars);
    else {
      this.noted = false;
      this.note.value = data.note;
      this.editor.show(data.bars);
    }
    this.waiting.shift()?.();
  }

  get busy() {
    // Whether what was done last has not been answered by a card yet.
    return this.done || this.awaited !== null;
  }

  send(event, what) {
    this.awaited = `${performance.now()} ${Math.random()}`;
    this.post(event, { ...what, act: this.awaited });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.giveUp(), PATIENCE_MS);
  }

  refuse(key) {
    // Nobody has seen the card that it would decide.
    this.refused.push(key);
    this.hurry.textContent = this.data.words.tooFast.replace("{keys}",
      () => this.refused.join(" "));
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.forget(), HURRY_MS);
  }

  forget() {
    this.refused = [];
    this.hurry.textContent = "";
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
      element.addEventListener("click", () => this.leave("revisit", () => ({ sample })));
      element.title = sample;
      element.append(made("span", "", short), " ", made("i", "", status));
      return element;
    }));
  }

  // Sending

  judge(verdict) {
    const choice = this.data.choices.find((each) => each.verdict === verdict);
    if (!choice?.enabled && !this.busy) return;
    if (this.busy) this.refuse(choice.key);
    else this.decide({ verdict }, 0);
  }

  decide(what, wait) {
    if (this.busy) return;
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
  }

  giveUp() {
    // No answer came: said so, and the card can be decided again, which is one decision.
    this.done = false;
    this.awaited = null;
    this.waiting = [];
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
    this.post("draft", { operation, sample, texts, note: note.value, row });
  }

  move(step) {
    // A decision on its way leads to the next card by itself.
    if (this.done && step > 0) return;
    this.leave("move", () => ({ sample: this.data.sample, step }));
  }

  takeBack(redo) {
    const possible = () => (redo ? this.data.redo : this.data.undo);
    if (this.busy || possible()) this.leave("take_back", () => (possible() ? { redo } : null));
  }

  leave(event, where) {
    // It waits for the card before it; `where` says what it means there, null that it is nothing.
    if (this.busy) {
      if (this.waiting.length < MOST_WAITING) this.waiting.push(() => this.leave(event, where));
      return;
    }
    const what = where();
    if (what === null) {
      this.waiting.shift()?.();
      return;
    }
    // What was just set and not saved is there again when the card comes back.
    this.sendDraft();
    this.send(event, what);
  }

  // Keys

  key(event) {
    if (event.repeat || event.ctrlKey || event.metaKey || covered()) return;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (event.altKey) {
      if (digit === undefined || digit === "0") return;
      event.preventDefault();
      if (this.busy) this.refuse(`Alt+${digit}`);
      else this.editor.sure(Number(digit) / 10);
    } else if (!typing(event) && this.act(event, digit)) event.preventDefault();
  }

  act(event, digit) {
    // What a key does; false where it does nothing here.
    const key = digit ?? letter(event).toUpperCase();
    const k = event.shiftKey ? NONE : this.data.bars.keys.indexOf(key);
    const saves = event.key === "Enter" && !pressing(event);
    const clears = event.key === "Backspace" && this.data.bars.multilabel;
    if ((k >= 0 || saves || clears) && this.busy) this.refuse(k >= 0 ? key : event.key);
    else if (k >= 0) this.editor.choose(k);
    else if (saves) this.editor.save();
    else if (clears) this.editor.clear();
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
