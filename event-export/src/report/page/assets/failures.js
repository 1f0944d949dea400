// The failures: groups of calls that failed in the same function, by the same cause, with the same message. A failure that
// passed through several calls is in one group. A group opens to its calls.

const PAGE_SIZE = 100;

/** Panics first, cancelled calls last. */
const SEVERITY = { panic: 0, error: 1, cancelled: 3 };
const severity = (group) => SEVERITY[group.cause] ?? 2;

class Failures {
  constructor() {
    const { end } = report.calls;
    for (const group of report.groups) group.drawn.sort((one, other) => end[one.call] - end[other.call]);
    this.list = [...report.groups].sort((one, other) => severity(one) - severity(other) || other.calls - one.calls || one.first - other.first);
    this.causes = [...new Set(this.list.map((group) => group.cause))];
    this.hidden = new Set();
    this.elements = new Map();
    this.limit = PAGE_SIZE;
    $("more-failures").onclick = () => {
      this.limit += 5 * PAGE_SIZE;
      this.draw();
    };
    if (this.causes.length > 1) $("causes").append(...this.causes.map((cause) => this.chip(cause)));
    $("causes").hidden = this.causes.length < 2;
    this.draw();
  }

  chip(cause) {
    const number = this.list.reduce((sum, group) => sum + (group.cause === cause ? group.calls : 0), 0);
    const press = () => {
      if (!this.hidden.delete(cause)) this.hidden.add(cause);
      chip.setAttribute("aria-pressed", String(!this.hidden.has(cause)));
      this.draw();
      startMatches();
    };
    const text = `${sign({ cause })} ${whole.format(number)}`;
    const chip = el("button", { type: "button", className: "chip", "aria-pressed": "true", onclick: press }, text);
    return chip;
  }

  show(call) {
    return action("Show in the timeline", (event) => {
      event.preventDefault(); // does not open the group
      timeline.zoomTo(call);
    });
  }

  /** Opens a group and scrolls to it. */
  reveal(group) {
    this.limit = Math.max(this.limit, this.matches().indexOf(group) + 1);
    this.draw();
    const details = this.element(group).firstElementChild;
    details.open = true;
    this.open(details, group);
    markCurrent(details.parentElement);
  }

  /** Returns the element of a group. It is kept, so that an open group stays open. */
  element(group) {
    if (!this.elements.has(group)) this.elements.set(group, this.item(group));
    return this.elements.get(group);
  }

  item(group) {
    const row = report.rows[group.row] ?? { name: "(other failures)", kind: "beyond the limit of groups" };
    const period = group.first === group.last ? `at ${moment(group.first, 1e3)}` : `${moment(group.first, 1e3)} to ${moment(group.last, 1e3)}`;
    const head = el(
      "summary",
      { className: "head" },
      el("span", { className: causeClass(group) }, sign(group)),
      el("span", { className: "name" }, row.name),
      el("b", { className: "times" }, count(group.calls, "call")),
      el("span", { className: "kind" }, `${row.kind} · ${period}`),
      group.drawn.length > 0 ? this.show(group.drawn[0].call) : null,
    );
    if (group.message !== "") head.append(el("pre", { className: isFailed(group) ? "" : "cancelled" }, group.message));
    const details = el("details", {}, head);
    // The calls are added when the group opens, as there may be thousands.
    details.addEventListener("toggle", () => details.open && this.open(details, group));
    return el("li", {}, details);
  }

  /** Lists the calls of a group. A call that a failure passed through is part of the innermost call's entry. */
  open(details, group) {
    if (details.querySelector("ol") !== null) return;
    const inner = this.origins(group);
    const list = el("ol", { className: "calls" });
    const more = action("Show more calls", () => add());
    const add = () => {
      const shown = list.children.length;
      list.append(...inner.slice(shown, shown + PAGE_SIZE).map((failure) => this.call(group, failure)));
      more.hidden = list.children.length >= inner.length;
    };
    details.append(this.facts(group), list, more);
    add();
  }

  /** Returns the failures of a group without those that passed through. */
  origins(group) {
    return group.drawn.filter((failure) => !this.passed(group).has(failure.call));
  }

  /** Returns the calls that a failure of the group passed through. */
  passed(group) {
    if (group.passed === undefined) {
      group.passed = new Set();
      for (const { call } of group.drawn) for (const outer of this.around(call)) group.passed.add(outer);
    }
    return group.passed;
  }

  /** Returns the callers, inside out, that the failure of a call passed through. */
  around(call) {
    const { parent } = report.calls;
    const { group } = failureOf(call);
    const callers = [];
    for (let next = parent[call]; next >= 0 && failureOf(next)?.group === group; next = parent[next]) callers.push(next);
    return callers;
  }

  facts(group) {
    const [failure] = group.drawn;
    const of = group.of.map(([row, calls]) => `${report.rows[row].name} ${whole.format(calls)}`).join(" ‹ ");
    const left = group.calls - group.drawn.length;
    return terms([
      ["Type", failure?.type ?? null],
      ["Location", failure?.location ?? report.rows[group.row]?.where ?? null],
      ["Failed calls", group.of.length > 1 ? of : null],
      ["Not listed", left > 0 ? `${count(left, "call")}: the first 500 and the last 500 of each cause are kept` : null],
    ]);
  }

  call(group, failure) {
    const { call } = failure;
    const around = this.around(call);
    const names = around.slice(0, 20).map((call) => rowOf(call).name).join(" ‹ ");
    const facts = terms([
      ["Passed through", names === "" ? null : `${names}${around.length > 20 ? " ‹ …" : ""}`],
      ["Message", group.message === failure.message ? null : failure.message],
      ["Duration", duration(report.calls.total[call])],
      ["Trace", traceLink(call)],
    ]);
    const head = el(
      "div",
      { className: "head" },
      el("span", { className: "name" }, rowOf(call).name),
      el("span", { className: "kind" }, `at ${moment(report.calls.end[call], 1e3)} · ${threadOf(call).name}`),
      this.show(call),
    );
    return el("li", {}, head, el("div", { className: "facts-of" }, facts, terms(fieldsOf(call), "mono")));
  }

  /** Returns the groups that are listed. */
  matches() {
    return this.list.filter((group) => !this.hidden.has(group.cause) && (search.groups === null || search.groups.has(group)));
  }

  draw() {
    const shown = this.matches();
    $("failed").replaceChildren(...shown.slice(0, this.limit).map((group) => this.element(group)));
    $("more-failures").hidden = shown.length <= this.limit;
    $("no-failures").hidden = shown.length > 0;
    $("no-failures").textContent = this.list.length > 0 ? noMatch("No failure") : report.callCount > 0 ? "Nothing failed." : NOTHING;
  }
}
