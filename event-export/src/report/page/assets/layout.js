// The lane of each call. Calls of a thread are in one track, a callee in the lane below its caller. Threads that do not
// overlap in time share a track. Calls of async functions overlap, so each async function has its own track; the calls
// of one task are in adjacent lanes.

function layOut(calls) {
  const tracks = new Map();
  const placement = { track: new Array(calls.length), lane: new Uint32Array(calls.length) };
  const put = (track, lane, call, isOutermost) => {
    track.calls += 1;
    if (isOutermost) track.outermost.push(call);
    while (track.lanes.length <= lane) track.lanes.push([]);
    track.lanes[lane].push(call);
    placement.track[call] = track;
    placement.lane[call] = lane;
  };
  const threadTracks = shareTracks(calls);
  for (let call = 0; call < calls.length; call++) {
    if (rowOf(call).isAsync) continue;
    const track = threadTracks.get(calls.thread[call]);
    const lane = nextLane(track.ends, calls.start[call], calls.end[call]);
    put(track, lane, call, lane === 0);
  }
  for (const task of tasksOf(calls)) {
    const row = rowOf(task.calls[0]);
    if (!tracks.has(row)) tracks.set(row, newTrack([row.name], `async · ${row.kind}`, 0, true));
    const track = tracks.get(row);
    const base = reserveLanes(track.ends, task);
    task.calls.forEach((call, member) => put(track, base + task.lanes[member], call, member === 0));
  }
  const all = [...new Set(threadTracks.values())].sort((one, other) => one.order - other.order).concat(...tracks.values());
  for (const lane of all.flatMap((track) => track.lanes)) lane.sort((one, other) => one - other);
  for (const track of all) track.busy = measuredTime(track, threadTracks) ?? openTime(track, calls);
  return { all, placement, threadTracks };
}

/** Returns an empty track of the threads or of the function `names`. */
function newTrack(names, about, order, isAsync) {
  const distinct = [...new Set(names)];
  const more = distinct.length > 1 ? ` and ${distinct.length - 1} more` : "";
  return { names: distinct, name: distinct[0] + more, about, order, isAsync, lanes: [], outermost: [], ends: [], calls: 0, busy: 0, isFolded: false, isHidden: false, top: 0 };
}

/** Returns how long the threads of a track worked, in calls and in polls of futures; null for async functions, or if it is unknown. */
function measuredTime(track, threadTracks) {
  if (track.isAsync) return null;
  const threads = [...threadTracks].filter(([, of]) => of === track);
  const times = threads.map(([thread]) => report.threads[thread].busy);
  return times.includes(null) ? null : times.reduce((sum, time) => sum + time, 0);
}

/** Returns how long at least one call of a track was open. */
function openTime(track, calls) {
  let [busy, until] = [0, 0];
  for (const call of track.lanes.flat().sort((one, other) => one - other)) {
    busy += Math.max(0, calls.end[call] - Math.max(calls.start[call], until));
    until = Math.max(until, calls.end[call]);
  }
  return busy;
}

/** Returns the track of each thread. A thread prefers a track of threads with its name. A thread that has only polled has one of its own. */
function shareTracks(calls) {
  const spans = new Map();
  for (let call = 0; call < calls.length; call++) {
    if (rowOf(call).isAsync) continue;
    const thread = calls.thread[call];
    const span = spans.get(thread) ?? { thread, start: calls.start[call], end: 0 }; // calls are in the order of their STARTs
    span.end = Math.max(span.end, calls.end[call]);
    spans.set(thread, span);
  }
  const shared = [];
  for (const span of spans.values()) {
    const name = report.threads[span.thread].name;
    const free = shared.filter((track) => track.end <= span.start);
    const track = free.find((track) => track.names.includes(name)) ?? free[0] ?? { threads: [], names: [] };
    if (track.threads.length === 0) shared.push(track);
    track.threads.push(span.thread);
    track.names.push(name);
    track.end = span.end;
  }
  const of = new Map();
  for (const { threads, names } of shared) {
    const { id } = report.threads[threads[0]]; // ids mostly grow with time
    const track = newTrack(names, threads.length > 1 ? count(threads.length, "thread") : `thread ${id}`, id, false);
    for (const thread of threads) of.set(thread, track);
  }
  for (const [thread, { name, id, busy }] of report.threads.entries()) {
    if (busy > 0 && !of.has(thread)) of.set(thread, newTrack([name], `thread ${id}`, id, false));
  }
  return of;
}

/** Returns the lane of the next call of a thread: the one below all open calls. `ends` holds the ends of the open calls. */
function nextLane(ends, start, end) {
  while (ends.length > 0 && ends.at(-1) <= start) ends.pop();
  return ends.push(end) - 1;
}

/** Returns the tasks: outermost async calls with the async calls inside them, each in a lane below its caller. */
function tasksOf(calls) {
  const tasks = [];
  const known = new Map();
  const around = new Int32Array(calls.length).fill(-1); // the nearest async caller
  for (let call = 0; call < calls.length; call++) {
    const parent = calls.parent[call];
    if (parent >= 0 && parent < call) around[call] = rowOf(parent).isAsync ? parent : around[parent];
    if (!rowOf(call).isAsync) continue;
    const outer = known.get(around[call]);
    const task = outer?.task ?? { calls: [], lanes: [], ends: [], start: calls.start[call], end: 0 };
    if (outer === undefined) tasks.push(task);
    let lane = outer === undefined ? 0 : outer.lane + 1;
    while (task.ends[lane] > calls.start[call]) lane += 1;
    task.ends[lane] = calls.end[call];
    task.end = Math.max(task.end, calls.end[call]);
    task.calls.push(call);
    task.lanes.push(lane);
    known.set(call, { task, lane });
  }
  return tasks;
}

/** Reserves the first adjacent lanes that are free when the task starts. Returns the first of them. */
function reserveLanes(ends, task) {
  const height = task.ends.length;
  let first = 0;
  for (let free = 0; free < height; ) {
    if (ends[first + free] > task.start) {
      first += free + 1;
      free = 0;
    } else {
      free += 1;
    }
  }
  for (let lane = first; lane < first + height; lane++) ends[lane] = task.end;
  return first;
}
