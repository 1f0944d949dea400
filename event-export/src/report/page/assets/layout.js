// The lane of each call. Calls of a thread are in one track, a callee in the lane below its caller. Calls of async
// functions overlap, so each async function has its own track; the calls of one task are in adjacent lanes.

function layOut(calls) {
  const tracks = new Map();
  const placement = { track: new Array(calls.length), lane: new Uint32Array(calls.length) };
  const trackOf = (key, call, isAsync) => {
    if (!tracks.has(key)) {
      const name = isAsync ? rowOf(call).name : threadOf(call).name;
      const about = isAsync ? `async · ${rowOf(call).kind}` : `thread ${threadOf(call).id}`;
      const order = isAsync ? 0 : threadOf(call).id; // thread ids mostly grow with time
      tracks.set(key, { name, about, order, isAsync, lanes: [], ends: [], calls: 0, isFolded: false, top: 0 });
    }
    return tracks.get(key);
  };
  const put = (track, lane, call) => {
    track.calls += 1;
    while (track.lanes.length <= lane) track.lanes.push([]);
    track.lanes[lane].push(call);
    placement.track[call] = track;
    placement.lane[call] = lane;
  };
  for (let call = 0; call < calls.length; call++) {
    if (rowOf(call).isAsync) continue;
    const track = trackOf(`thread ${calls.thread[call]}`, call, false);
    put(track, nextLane(track.ends, calls.start[call], calls.end[call]), call);
  }
  for (const task of tasksOf(calls)) {
    const track = trackOf(`async ${calls.row[task.calls[0]]}`, task.calls[0], true);
    const base = reserveLanes(track.ends, task);
    task.calls.forEach((call, member) => put(track, base + task.lanes[member], call));
  }
  const all = [...tracks.values()].sort((one, other) => one.order - other.order);
  for (const lane of all.flatMap((track) => track.lanes)) lane.sort((one, other) => one - other);
  return { tracks: [...all.filter((track) => !track.isAsync), ...all.filter((track) => track.isAsync)], placement };
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
