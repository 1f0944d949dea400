// What all of the page uses. Whatever comes from the program becomes text by `textContent`, never markup.

window.addEventListener("error", (event) => {
  document.body.dataset.error = event.message;
  notice("bad", "This page does not work as it should.", event.message);
});

const $ = (id) => document.getElementById(id);

/** An element with properties, attributes (a name with a `-`, or `role`) and children, which may be text. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "scope") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function notice(className, strong, text) {
  $("notices").append(el("p", { className: `notice ${className}` }, el("b", {}, strong), " ", text));
}

const NOTHING = "No events were received. Was the report told of the right kinds, as in EVENT_KINDS='app:*'?";

const whole = new Intl.NumberFormat("en");
const count = (number, one, many = `${one}s`) => `${whole.format(number)} ${number === 1 ? one : many}`;

/** Nanoseconds as people read them, to three digits. */
function duration(nanos) {
  const units = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]];
  if (nanos >= 120e9) return `${whole.format(Math.floor(nanos / 60e9))} min ${Math.round(nanos / 1e9) % 60} s`;
  const [unit, name] = units.findLast(([unit]) => nanos >= unit * 0.9995) ?? units[0];
  const value = nanos / unit;
  const digits = unit === 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${name}`;
}

/** Nanoseconds since the begin, in the unit that suits the whole run, to the digit that a step of `step` needs. */
function moment(nanos, step) {
  const [unit, name] = report.duration < 1e5 ? [1e3, "µs"] : report.duration < 1e10 ? [1e6, "ms"] : [1e9, "s"];
  const digits = Math.max(0, Math.ceil(-Math.log10(Math.max(step, 1) / unit) - 1e-9));
  return `${(nanos / unit).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${name}`;
}

function percent(part, all) {
  return all > 0 ? `${((100 * part) / all).toFixed(1)} %` : "–";
}

/** The first place in `0..length` for which `test` holds; it holds for all behind it. */
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

/** Calls `draw` once before the next picture, however often it was asked for. */
function onceAFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
