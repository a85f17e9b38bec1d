/**
 * @typedef {object} Terminal
 * @property {(text: string) => unknown} write
 * @property {boolean} [isTTY]
 * @property {number} [columns]
 */

const frames = ['|', '/', '-', '\\'];
const frameMs = 120;
const remindMs = 30_000;

/**
 * One line a step. On a terminal the line of the running step shows a spinner, the elapsed time and the last line of
 * its output; elsewhere a step prints when it ends, and a reminder every 30 s when it takes long. Colours only on a
 * terminal, and not with NO_COLOR (https://no-color.org).
 */
export class Progress {
  /** @type {Terminal} */ #out;
  #colours;
  #width;

  /**
   * @param {Terminal} out
   * @param {Record<string, string | undefined>} [env]
   */
  constructor(out, env = process.env) {
    this.#out = out;
    this.#colours = out.isTTY === true && !env['NO_COLOR'];
    this.#width = Math.max(40, (out.columns ?? 100) - 1);
  }

  /** @param {string} text */
  line(text) {
    this.#out.write(`${text}\n`);
  }

  /**
   * @param {string} name
   * @param {string} note
   */
  current(name, note) {
    this.#print('dim', '=', name, note);
  }

  /**
   * Runs one step and prints how it went.
   * @template T
   * @param {string} name
   * @param {(status: (text: string) => void) => Promise<T>} work `status` takes what is being done now
   * @param {(result: T) => string} [note] what to say of the result
   * @returns {Promise<T>}
   */
  async step(name, work, note = () => '') {
    const startMs = performance.now();
    let status = '';
    let frame = 0;
    const terminal = this.#out.isTTY === true;
    const timer = setInterval(
      () => {
        const elapsed = seconds(performance.now() - startMs);
        if (terminal) {
          frame += 1;
          const text = `${frames[frame % frames.length] ?? ''} ${name}  ${elapsed}  ${status}`;
          this.#out.write(`\r\u001b[K${text.slice(0, this.#width)}`);
        } else {
          this.line(`  ${name}  still running, ${elapsed}`);
        }
      },
      terminal ? frameMs : remindMs,
    );
    const end = () => {
      clearInterval(timer);
      if (terminal) this.#out.write('\r\u001b[K');
      return seconds(performance.now() - startMs);
    };
    try {
      const result = await work((text) => {
        status = text;
      });
      const elapsed = end();
      this.#print('green', '+', name, [elapsed, note(result)].filter(Boolean).join('  '));
      return result;
    } catch (error) {
      this.#print('red', 'x', name, `${end()}  failed`);
      throw error;
    }
  }

  /**
   * @param {'dim' | 'green' | 'red'} colour
   * @param {string} mark
   * @param {string} name
   * @param {string} note
   */
  #print(colour, mark, name, note) {
    this.line(`${this.paint(colour, mark)} ${name.padEnd(18)} ${note}`.trimEnd());
  }

  /**
   * @param {'dim' | 'green' | 'red'} colour
   * @param {string} text
   */
  paint(colour, text) {
    const code = { dim: 2, green: 32, red: 31 }[colour];
    return this.#colours ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
  }
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
