// The details of one call or stack: in the panel, and in the tooltip at the pointer.

/** Returns a list of terms. A value may be text or an element; an entry whose value is null is omitted. */
function terms(entries, className = "") {
  const list = el("dl");
  for (const [term, value] of entries) {
    if (value === null) continue;
    list.append(el("dt", { className }, term), el("dd", { className }, value));
  }
  return list;
}

function heading(row) {
  const swatch = el("span", { className: "swatch" });
  swatch.style.background = paint.fill(row);
  return el("h2", {}, swatch, row.name);
}

function kindOf(row) {
  const module = row.module === null ? null : el("span", { className: "module" }, ` in ${row.module}`);
  return el("p", { className: "kind" }, `${row.isAsync ? "async · " : ""}${row.kind}`, module);
}

/** Returns for how long a future was polled and waited, or null for other calls. */
function busy(call) {
  const polled = report.busy.get(call);
  if (polled === undefined) return null;
  const total = report.calls.total[call];
  return `${duration(polled)} (${percent(polled, total)}), waited ${duration(total - polled)}`;
}

/** Returns the id of the call's trace, or null. */
function traceOf(call) {
  for (let at = call; at >= 0; at = report.calls.parent[at]) {
    if (report.traces.has(at)) return report.traces.get(at);
  }
  return null;
}

function times(call) {
  const { start, total, own, isOpen } = report.calls;
  const open = isOpen[call] ? " so far" : "";
  return [
    ["Duration", duration(total[call]) + open],
    ["Self", `${duration(own[call])} (${percent(own[call], total[call])})`],
    ["Busy", busy(call)],
    ["Start", moment(start[call], 1e3)],
    ["Thread", `${threadOf(call).name} (${threadOf(call).id})`],
  ];
}

function failureBox(failure) {
  const className = isFailed(failure) ? "failure" : "failure cancelled";
  return el("div", { className }, el("p", { className: causeClass(failure) }, sign(failure)), el("pre", {}, failure.message));
}

/** Returns the contents of the tooltip of a call. */
function tipOfCall(call) {
  const failure = failureOf(call);
  const fields = fieldsOf(call).slice(0, 8);
  return [heading(rowOf(call)), kindOf(rowOf(call)), terms(times(call)), terms(fields, "mono"), failure && failureBox(failure), messageList(call, 3)];
}

function showTip(x, y, parts) {
  const tip = $("tip");
  tip.replaceChildren(...parts.filter((part) => part !== null));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth ? Math.max(8, x - width - 12) : x + 16;
  const top = y + 18 + height > innerHeight ? Math.max(8, y - height - 12) : y + 18;
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function hideTip() {
  $("tip").hidden = true;
}

function openDetails(title, ...parts) {
  const close = el("button", { type: "button", className: "icon", "aria-label": "Close details", onclick: closeDetails }, "×");
  const head = el("div", { className: "title" }, title, close);
  $("details").replaceChildren(head, ...parts.filter((part) => part !== null));
  $("details").hidden = false;
  $("details").scrollTop = 0;
}

function closeDetails() {
  if ($("details").contains(document.activeElement)) document.querySelector("main section:not([hidden]) [tabindex='0']")?.focus();
  $("details").hidden = true;
  flameView.picked = -1;
  flameView.surface.draw();
  timeline.select(-1);
}

function link(text, onclick) {
  return el("button", { type: "button", className: "link mono", onclick }, text);
}

/** Returns the id of the call's trace, which finds the calls of the trace, or null. */
function traceLink(call) {
  const trace = traceOf(call);
  return trace && link(trace, (event) => {
    event.preventDefault();
    searchFor(trace, "timeline");
    if (matches.length > 0) stepMatch(1);
  });
}

function action(text, onclick) {
  return el("button", { type: "button", onclick }, text);
}

/** How many of the calls inside a call the details list. */
const MAX_INSIDE = 8;

/** Returns the calls that a call made itself, the longest first. */
function callsInside(call) {
  const { parent, total, length } = report.calls;
  const inside = [];
  for (let inner = 0; inner < length; inner++) if (parent[inner] === call) inside.push(inner);
  return inside.sort((one, other) => total[other] - total[one]);
}

/** Returns the list of the longest calls inside a call, which a future has waited for, or null. */
function insideList(call) {
  const inside = callsInside(call);
  if (inside.length === 0) return null;
  const list = el("ul", { className: "messages" });
  for (const inner of inside.slice(0, MAX_INSIDE)) {
    const failure = failureOf(inner);
    const about = ` ${duration(report.calls.total[inner])} at ${moment(report.calls.start[inner], 1e3)} `;
    list.append(el("li", {}, link(rowOf(inner).name, () => timeline.reveal(inner)), about, failure && el("span", { className: causeClass(failure) }, sign(failure))));
  }
  const more = inside.length - MAX_INSIDE;
  if (more > 0) list.append(el("li", {}, `and ${count(more, "shorter call")}`));
  return el("div", {}, el("h3", {}, `Inside: ${count(inside.length, "call")}`), list);
}

/** Shows the selected call in the panel. */
function detailCall(call) {
  const row = rowOf(call);
  const failure = failureOf(call);
  const parent = report.calls.parent[call];
  const fields = fieldsOf(call);
  const rows = [
    ...times(call),
    ["Called by", parent < 0 ? null : link(rowOf(parent).name, () => timeline.reveal(parent))],
    ["Trace", traceLink(call)],
    ["Source", row.where === null ? null : el("span", { className: "mono" }, row.where)],
  ];
  const why = failure && [["Type", failure.type], ["Location", failure.location]];
  openDetails(
    heading(row),
    kindOf(row),
    failure && failureBox(failure),
    why && terms(why),
    terms(rows),
    fields.length > 0 ? el("h3", {}, "Arguments") : null,
    terms(fields, "mono"),
    insideList(call),
    messageList(call),
    el(
      "div",
      { className: "actions" },
      action("Zoom to call", () => timeline.zoomTo(call)),
      action("Find all calls", () => searchFor(row.name)),
    ),
  );
}
