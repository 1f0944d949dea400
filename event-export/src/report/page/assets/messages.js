// Messages of the program: marks in the timeline, and a list in the details of their call.

/** How many messages the details of a call list. */
const MAX_MESSAGES = 200;

/** Returns the messages by their times, with the level apart from the other fields. */
function decodeMessages(marks) {
  return marks.map(([time, thread, call, kind, text, where, ...fields]) => {
    const pairs = Array.from({ length: fields.length / 2 }, (_, index) => [visibleLine(fields[2 * index]), visible(fields[2 * index + 1])]);
    const level = pairs.find(([key]) => key === "level")?.[1].replaceAll('"', "") ?? "";
    const others = pairs.filter(([key]) => key !== "level");
    return { time, thread, call, kind, text: visible(text), where: visibleLine(where), level, fields: others };
  });
}

/** Returns the messages of each call that has some. */
function messagesByCall(messages) {
  const of = new Map();
  for (const message of messages) {
    if (message.call < 0) continue;
    if (!of.has(message.call)) of.set(message.call, []);
    of.get(message.call).push(message);
  }
  return of;
}

const messagesOf = (call) => report.messagesOf.get(call) ?? [];
const isBad = ({ level }) => level === "ERROR";

/** Returns whether a message contains the text. `has` tests one text. */
const isMessageFound = ({ text, kind, level, where, fields }, has) => has(text) || has(kind) || has(level) || has(where) || fields.some(([key, value]) => has(key) || has(value));

/** Returns the list of the messages of a call, or null. */
function messageList(call, limit = MAX_MESSAGES) {
  const messages = messagesOf(call);
  if (messages.length === 0) return null;
  const list = el("ul", { className: "messages" });
  for (const { time, level, text, kind, where, fields } of messages.slice(0, limit)) {
    const data = fields.map(([key, value]) => ` ${key}=${value}`).join("");
    list.append(el("li", { title: kind }, el("span", { className: isBad({ level }) ? "cause" : "level" }, level), ` ${text}`, el("span", { className: "mono" }, data), ` · ${moment(time, 1e3)}${where === null ? "" : ` · ${where}`}`));
  }
  const more = messages.length - limit;
  if (more > 0) list.append(el("li", {}, `and ${count(more, "more message", "more messages")}`));
  return el("div", {}, el("h3", {}, count(messages.length, "message")), list);
}

/** Draws the messages as small diamonds: in the lane of their call, or else in the heading of their thread. */
function drawMessages(timeline) {
  const { surface, calls, placement } = timeline;
  const { context } = surface;
  const drawn = new Set(); // positions, at most one diamond each
  const first = firstWhere(report.messages.length, (index) => report.messages[index].time >= timeline.from);
  for (let index = first; index < report.messages.length; index++) {
    const message = report.messages[index];
    if (message.time > timeline.to) break;
    const track = message.call < 0 ? timeline.threadTracks.get(message.thread) : placement.track[message.call];
    if (track === undefined || track.isHidden || track.isFolded) continue;
    const y = (message.call < 0 ? track.top + HEAD / 2 : timeline.top(message.call) + LANE - 4) - surface.scrolled;
    if (y < RULER || y > surface.height) continue;
    const x = Math.round(timeline.x(message.time));
    const position = `${Math.round(x / 3)} ${y} ${isBad(message)}`;
    if (drawn.has(position)) continue;
    drawn.add(position);
    context.fillStyle = isBad(message) ? paint.colours.bad : message.call < 0 ? paint.colours.text : paint.ink;
    context.beginPath();
    for (const [dx, dy] of [[0, -4], [4, 0], [0, 4], [-4, 0]]) context.lineTo(x + dx, y + dy);
    context.fill();
  }
}
