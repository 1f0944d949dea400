// The decoded report. A call is a number: its index in the columns of `report.calls`.

const report = decode(JSON.parse($("data").textContent));
$("data").remove();

function decode(json) {
  const { start, total, own, row, thread, up, arguments: args, result } = json.scopes;
  const length = start.length;
  const calls = {
    length,
    start: Float64Array.from(start),
    total: Float64Array.from(total),
    end: new Float64Array(length),
    own: Float64Array.from(own),
    row: Uint16Array.from(row),
    thread: Uint32Array.from(thread),
    parent: new Int32Array(length),
    arguments: Uint32Array.from(args),
    result: Uint32Array.from(result),
    failure: new Int32Array(length).fill(-1),
    isOpen: new Uint8Array(length),
  };
  let time = 0;
  for (let call = 0; call < length; call++) {
    time += start[call];
    calls.start[call] = time;
    calls.end[call] = time + total[call];
    calls.parent[call] = up[call] === 0 ? -1 : call - up[call];
  }
  for (const call of json.open) calls.isOpen[call] = 1;
  json.failed.forEach(([call], index) => (calls.failure[call] = index));
  const failures = json.failed.map(([call, cause, type, message, location, group]) => {
    return { call, cause, type: visibleLine(type), message: visible(message), location: visibleLine(location), group };
  });
  const messages = decodeMessages(json.marks);
  return {
    ...json,
    messages,
    messagesOf: messagesByCall(messages),
    program: visibleLine(json.program),
    calls,
    busy: new Map(json.busy),
    traces: new Map(json.traces),
    callCount: json.calls,
    failures,
    failedCalls: json.failures,
    groups: json.groups.map(decodeGroup),
    rows: json.rows.map(decodeRow),
    texts: [[], ...json.texts.map((fields) => fields.map(visible))],
    threads: json.threads.map(([name, id, busy]) => ({ name: visibleLine(name) ?? "unnamed", id, busy })),
  };
}

function decodeRow(values, index) {
  const [kind, name, module, where] = values.slice(0, 4).map(visibleLine);
  const [isAsync, calls, failed, cancelled, total, own, mean, p50, p95, p99, max] = values.slice(4);
  // Steps of the golden ratio, so that adjacent rows differ. Red hues are left to failures. Hues come near each other again
  // after 8 and 13 steps, so each 8 rows have another shade.
  const shade = Math.floor(index / 8) % 3;
  const hue = Math.round(60 + ((index * 0.618034 + 0.73) % 1) * 260);
  return { kind, name, module, where, isAsync: isAsync === 1, calls, failed, cancelled, total, own, mean, p50, p95, p99, max, hue, shade, open: 0 };
}

/** A group of failed or cancelled calls. `calls` counts all of them, `of` those of each function. */
function decodeGroup([row, cause, message, first, last, of]) {
  return { row, cause, message: visible(message), first, last, of, calls: of.reduce((sum, [, calls]) => sum + calls, 0), drawn: [] };
}

for (const failure of report.failures) report.groups[failure.group].drawn.push(failure);
for (const call of report.open) report.rows[report.calls.row[call]].open += 1;

const rowOf = (call) => report.rows[report.calls.row[call]];
const failureOf = (call) => report.failures[report.calls.failure[call]] ?? null;
const threadOf = (call) => report.threads[report.calls.thread[call]];

/** Signs of the causes, so that colour is not the only difference. */
const SIGNS = { panic: "✖ panic", error: "▲ error", cancelled: "⊘ cancelled" };
const sign = (failure) => SIGNS[failure.cause] ?? `✖ ${failure.cause}`;

/** A cancelled call has not failed. It is grey, and no part of the number of failed calls. */
const isFailed = (failure) => failure.cause !== "cancelled";
const causeClass = (failure) => (isFailed(failure) ? "cause" : "cause cancelled");

/** Returns key and value of each argument and of the returned value. */
function fieldsOf(call) {
  const { arguments: args, result } = report.calls;
  const texts = [...report.texts[args[call]], ...report.texts[result[call]]];
  return Array.from({ length: texts.length / 2 }, (_, index) => [texts[2 * index], texts[2 * index + 1]]);
}

/**
 * The text that is searched for; which rows, calls and failure groups contain it (null without a text); the calls as a
 * list; and which match of the open view was shown last.
 */
const search = { text: "", rows: null, calls: null, groups: null, list: [], index: -1 };

/** A text that may be a part of a trace's id. A shorter one would find other ids, too. */
const TRACE = /^[0-9a-f]{8,32}$/;

function find(text) {
  const wanted = text.trim().toLowerCase();
  Object.assign(search, { text: wanted, rows: null, calls: null, groups: null, list: [], index: -1 });
  if (wanted === "") return;
  const has = (text) => text !== null && text.toLowerCase().includes(wanted);
  search.rows = report.rows.map((row) => has(row.name) || has(row.kind) || has(row.module));
  const texts = report.texts.map((fields) => fields.some(has));
  const failures = report.failures.map(({ message, type, cause }) => has(message) || has(type) || has(cause));
  const inMessages = new Set(report.messages.filter((message) => isMessageFound(message, has)).map(({ call }) => call));
  const { row, arguments: args, result, failure, parent, length } = report.calls;
  search.calls = new Uint8Array(length);
  const isTrace = TRACE.test(wanted);
  const inTrace = new Uint8Array(length);
  for (let call = 0; call < length; call++) {
    if (isTrace) inTrace[call] = report.traces.has(call) ? has(report.traces.get(call)) : parent[call] >= 0 ? inTrace[parent[call]] : 0;
    if (inTrace[call] || search.rows[row[call]] || texts[args[call]] || texts[result[call]] || failures[failure[call]] || inMessages.has(call)) {
      search.calls[call] = 1;
      search.list.push(call);
    }
  }
  const isFound = (group) => has(group.message) || has(group.cause) || search.rows[group.row] || group.drawn.some(({ call }) => search.calls[call] === 1);
  search.groups = new Set(report.groups.filter(isFound));
}

/** Says that the open view has no match, and that the timeline has some. */
function noMatch(what) {
  const { list } = search;
  const calls = list.length > 0 ? ` ${count(list.length, "call")} in the timeline ${list.length === 1 ? "does" : "do"}.` : "";
  return search.text === "" ? "Nothing is selected." : `${what} matches “${search.text}”.${calls}`;
}
