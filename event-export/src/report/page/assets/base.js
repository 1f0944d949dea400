// Helpers for the whole page. Text from the program is inserted as text nodes, never as markup.

window.addEventListener("error", (event) => {
  document.body.dataset.error = event.message;
  notice("bad", "An error occurred in this page.", event.message);
});

const $ = (id) => document.getElementById(id);

/**
 * Returns an element. Names with a `-`, `role` and `scope` are set as attributes, other names as properties.
 * Children may be elements or text; null is skipped.
 */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "scope") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Control characters, invisible ones, and those that change the direction of text: the set that event-core escapes, without lines and tabs. */
const HIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Returns a text whose hidden characters are visible, as in `\\x1b`. Lines and tabs stay. */
function visible(text) {
  const escape = (character) => {
    const code = character.codePointAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
  };
  return text?.replaceAll("\r\n", "\n").replace(HIDDEN, escape) ?? null;
}

/** Returns a text in one line. */
const visibleLine = (text) => visible(text)?.replaceAll("\n", "\\n").replaceAll("\t", "\\t") ?? null;

/** Marks the current match of a search in a list or table, and scrolls to it. */
function markCurrent(element) {
  document.querySelector(".current")?.classList.remove("current");
  element.classList.add("current");
  element.scrollIntoView({ block: "center" });
}

function notice(className, strong, text) {
  $("notices").append(el("p", { className: `notice ${className}` }, el("b", {}, strong), " ", text));
}

const NOTHING = "No events were received. Was the report installed for the right kinds, as in EVENT_KINDS='app:*'?";

const whole = new Intl.NumberFormat("en");
const count = (number, one, many = `${one}s`) => `${whole.format(number)} ${number === 1 ? one : many}`;

/** Formats nanoseconds with three digits and a unit; from two minutes on, in whole units, as in `2 h 5 min`. */
function duration(nanos) {
  const units = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]];
  // The larger unit, its parts and their length, and what durations below two of the unit are rounded to.
  for (const [name, per, below, unit, digit] of [["d", 24, "h", 3600e9, 60e9], ["h", 60, "min", 60e9, 1e9], ["min", 60, "s", 1e9, 1e9]]) {
    if (Math.round(nanos / digit) * digit < 2 * per * unit) continue;
    const rounded = Math.round(nanos / unit); // before the split, so that no part reaches a whole unit
    return `${whole.format(Math.floor(rounded / per))} ${name} ${rounded % per} ${below}`;
  }
  const [unit, name] = units.findLast(([unit]) => nanos >= unit * 0.9995) ?? units[0];
  const value = nanos / unit;
  const digits = unit === 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${name}`;
}

/** Formats a time since the start of the run. The run's length selects the unit, `step` the number of decimals. */
function moment(nanos, step) {
  const [unit, name] = report.duration < 1e5 ? [1e3, "µs"] : report.duration < 1e10 ? [1e6, "ms"] : [1e9, "s"];
  const digits = Math.max(0, Math.ceil(-Math.log10(Math.max(step, 1) / unit) - 1e-9));
  return `${(nanos / unit).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${name}`;
}

function percent(part, all) {
  return all > 0 ? `${((100 * part) / all).toFixed(1)} %` : "–";
}

/**
 * Returns the first index in `from..length` for which `test` holds, by binary search.
 * `test` must hold for all later indices, too.
 */
function firstWhere(length, test, from = 0) {
  let low = from;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns a function that calls `draw` once before the next frame, however often it is called until then. */
function onceAFrame(draw) {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      draw();
    });
  };
}
