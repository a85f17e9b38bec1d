/**
 * Runs the tasks, at most `limit` at a time, started in order.
 * @template T
 * @param {readonly (() => Promise<T>)[]} tasks
 * @param {number} limit
 * @returns {Promise<T[]>} in the order of the tasks
 */
export async function inParallel(tasks, limit) {
  /** @type {T[]} */
  const results = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < tasks.length; index = next++) {
      const task = tasks[index];
      if (task !== undefined) results[index] = await task();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, worker));
  return results;
}
