import { BENCHES } from './catalogue.ts';

/** Runs one bench in this process and sends its rows to the parent: `run-bench.ts NAME [--quick]`. */
const [name, quick] = process.argv.slice(2);
const bench = BENCHES.find((candidate) => candidate.name === name);
if (bench === undefined) throw new Error(`there is no bench named ${name ?? ''}`);
const rows = await bench.run({
  quick: quick === '--quick',
  progress: (text) => process.stderr.write(`  ${text}\n`),
});
process.send?.(rows);
process.disconnect();
