import { parseArgs } from 'node:util';
import type { Bench, Row } from './bench.ts';
import { BENCHES } from './catalogue.ts';
import { isReached } from './figures.ts';
import { loadNow, machineLine, thisMachine } from './machine.ts';
import type { Outcome } from './runner.ts';
import { runBench } from './runner.ts';
import { notes, table } from './table.ts';

const USAGE = `Usage: npm run bench [-- [NAME...] [--quick] [--json] [--list]]

Measures what Tapio does on this machine, beside what the original claimed and what is to be reached.
Without a name all benches run; one that can't run here says why.

  --quick  short runs that prove the benches work; the figures mean little
  --json   one JSON document on stdout
  --list   the benches, and why one can't run here
  --help   this text

Progress is on stderr. Most benches need root and a kernel with BTF, some a nats-server or Neo4j, which
"npm run build" provides. Other work on the machine makes the figures worse: the load is printed.

Exit codes: 0 measured, 1 a bench failed, 2 wrong arguments, 3 a bench that was named can't run here,
130 stopped. A figure that misses its target is no failure.
`;
const EXIT = { ok: 0, failed: 1, usage: 2, unmet: 3, stopped: 130 } as const;

interface Measured {
  readonly bench: Bench;
  readonly outcome: Outcome;
  readonly load: { readonly before: number; readonly after: number };
}

interface Options {
  readonly chosen: readonly Bench[];
  readonly named: boolean;
  readonly quick: boolean;
  readonly json: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const { chosen, named, quick, json } = options;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      stop.abort();
    });
  }
  process.stderr.write(`${machineLine(thisMachine())}\n`);
  const measured: Measured[] = [];
  for (const bench of chosen) {
    process.stderr.write(`${bench.name}: ${bench.summary}\n`);
    const before = loadNow();
    const outcome = await runBench(bench, { quick, signal: stop.signal });
    if (stop.signal.aborted) return EXIT.stopped;
    measured.push({ bench, outcome, load: { before, after: loadNow() } });
    if (outcome.kind !== 'measured')
      process.stderr.write(
        `  ${outcome.kind === 'missing' ? 'can’t run here' : 'failed'}: ${outcome.reason}\n`,
      );
  }
  process.stdout.write(json ? asJson(measured, quick) : asText(measured, quick));
  if (measured.some(({ outcome }) => outcome.kind === 'failed')) return EXIT.failed;
  const unmet = named && measured.some(({ outcome }) => outcome.kind === 'missing');
  return unmet ? EXIT.unmet : EXIT.ok;
}

/** @returns the options, or the exit code when there is nothing left to do */
function readOptions(args: readonly string[]): Options | number {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) return refuse(`there is no bench named ${unknown}; --list names them`);
  if (values.list) {
    process.stdout.write(list());
    return EXIT.ok;
  }
  const named = positionals.length > 0;
  const chosen = BENCHES.filter(({ name }) => !named || positionals.includes(name));
  return { chosen, named, quick: values.quick, json: values.json };
}

function refuse(problem: string): number {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  return EXIT.usage;
}

function list(): string {
  const width = Math.max(...BENCHES.map(({ name }) => name.length));
  return BENCHES.map(({ name, summary, missing }) => {
    const reason = missing();
    const why = reason === undefined ? '' : `\n${' '.repeat(width + 2)}can’t run here: ${reason}`;
    return `${name.padEnd(width)}  ${summary}${why}\n`;
  }).join('');
}

function rowsOf(measured: readonly Measured[]): readonly Row[] {
  return measured.flatMap(({ outcome }) => (outcome.kind === 'measured' ? outcome.rows : []));
}

function asText(measured: readonly Measured[], quick: boolean): string {
  const rows = rowsOf(measured);
  const loads = measured.map(
    ({ bench, load }) => `${bench.name} ${load.before.toFixed(1)}-${load.after.toFixed(1)}`,
  );
  const left = measured.flatMap(({ bench, outcome }) =>
    outcome.kind === 'measured' ? [] : [`  ${bench.name}: ${outcome.kind}, ${outcome.reason}`],
  );
  return [
    machineLine(thisMachine()),
    ...(quick ? ['Quick runs: these figures mean little.'] : []),
    '',
    ...(rows.length === 0 ? [] : [table(rows), '', notes(rows), '']),
    ...(left.length === 0 ? [] : ['Not measured:', ...left, '']),
    `Load average of the machine before and after each: ${loads.join(', ')}.`,
    'Original: what the first Tapio printed for 4 cores, with no benchmark behind it.',
    '',
  ].join('\n');
}

function asJson(measured: readonly Measured[], quick: boolean): string {
  const benches = measured.map(({ bench, outcome, load }) => ({
    bench: bench.name,
    load,
    ...(outcome.kind === 'measured'
      ? { rows: outcome.rows.map(withVerdict) }
      : { [outcome.kind]: outcome.reason }),
  }));
  return `${JSON.stringify({ machine: thisMachine(), quick, benches }, undefined, 2)}\n`;
}

function withVerdict(row: Row): Row & { readonly reached?: boolean } {
  const reached = isReached(row);
  return reached === undefined ? row : { ...row, reached };
}

process.exitCode = await main(process.argv.slice(2));
