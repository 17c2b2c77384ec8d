// Could everybody who was there have seen this order? What was acknowledged before another operation began comes before it in the history,
// and whoever reads sees all that was acknowledged before, and nothing that had not begun.

/**
 * @param history as `readHistory` gives it, of all that was written
 * @param attempts with `beginUs` and, where there was an answer, `endUs`: microseconds of one monotonic clock. Those without are passed over
 * @param reads `{ asOf, beginUs, endUs, ticket, state }`: the commit that somebody was shown, and in which state the ticket was said to be
 * @returns findings in words
 */
export function judgeOrder(history, attempts, reads) {
  const place = new Map();
  for (const [index, { trailers }] of history.entries()) {
    for (const operation of trailers.Op ?? []) if (!place.has(operation)) place.set(operation, index);
  }
  const written = attempts
    .filter(({ operationId, beginUs }) => beginUs !== undefined && place.has(operationId))
    .map((attempt) => ({ ...attempt, at: place.get(attempt.operationId) }))
    .sort((left, right) => left.at - right.at);
  return [...judgeWrites(written), ...judgeReads(history, written, reads)];
}

/** Nobody overtakes what was over before they began. */
function judgeWrites(written) {
  const findings = [];
  let first;
  for (const attempt of written.toReversed()) {
    if (first !== undefined && first.endUs < attempt.beginUs)
      findings.push(
        `order: ${first.operationId} was acknowledged before ${attempt.operationId} began, and comes after it`,
      );
    if (attempt.status === "acknowledged" && (first === undefined || attempt.endUs < first.endUs))
      first = attempt;
  }
  return findings;
}

function judgeReads(history, written, reads) {
  const findings = [];
  const placeOf = new Map(history.map(({ commit }, index) => [commit, index]));
  const begins = new Map(written.map(({ at, beginUs }) => [at, beginUs]));
  // Newest place among all that was acknowledged up to a moment.
  const known = written
    .filter(({ status }) => status === "acknowledged")
    .sort((left, right) => left.endUs - right.endUs);
  let newest = -1;
  let next = 0;
  for (const { asOf, beginUs, endUs, ticket } of reads.toSorted(
    (left, right) => left.beginUs - right.beginUs,
  )) {
    while (next < known.length && known[next].endUs < beginUs) {
      newest = Math.max(newest, known[next].at);
      next += 1;
    }
    const at = placeOf.get(asOf);
    if (at === undefined)
      findings.push(`read: ${ticket} was shown as of ${asOf}, which is not in the history`);
    else if (at < newest)
      findings.push(`stale: ${ticket} was shown as of ${asOf}, though a later write had been acknowledged`);
    else if (begins.get(at) > endUs)
      findings.push(`read: ${ticket} was shown as of ${asOf} before that began`);
  }
  findings.push(...judgeStatesShown(history, placeOf, reads));
  return findings;
}

/** The state that was shown is the one that the history has at that place. */
function judgeStatesShown(history, placeOf, reads) {
  const states = new Map();
  const ordered = reads
    .filter(({ asOf, state }) => state !== undefined && placeOf.has(asOf))
    .toSorted((left, right) => placeOf.get(left.asOf) - placeOf.get(right.asOf));
  const findings = [];
  let next = 0;
  for (const { asOf, ticket, state } of ordered) {
    for (; next <= placeOf.get(asOf); next += 1) {
      const { trailers } = history[next];
      if (trailers.Ticket?.length === 1) states.set(trailers.Ticket[0], trailers.To?.[0]);
    }
    if (states.has(ticket) && states.get(ticket) !== state)
      findings.push(`read: ${ticket} was shown as ${state} as of ${asOf}, it was ${states.get(ticket)}`);
  }
  return findings;
}
