/**
 * Takes secrets out of command lines and free text before they become part of an event. What looks like a
 * secret is replaced, whole, by `MASK`; when in doubt it is replaced.
 */
export const MASK = '[redacted]';

const SECRET_WORD =
  '(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential[s]?|auth(?:orization)?|bearer|signature|sig|session[-_]?id|cookie|client[-_]?secret|connection[-_]?string|dsn)';

/** The name of a flag, variable or field that holds a secret: db_password, --auth-token, AWS_SECRET_ACCESS_KEY. */
const SECRET_NAME = new RegExp(`(?:^|[-_.])${SECRET_WORD}(?:$|[-_.])|${SECRET_WORD}$`, 'i');

/** Flags with which common tools take a password as the next word (mysql takes it joined: -pSECRET). */
const SECRET_FLAGS: ReadonlySet<string> = new Set(['-p', '-P', '-u', '-U', '--user', '--proxy-user']);
const CREDENTIAL_TOOLS: ReadonlySet<string> = new Set([
  'curl',
  'wget',
  'mysql',
  'mysqldump',
  'mysqladmin',
  'mariadb',
  'sshpass',
  'redis-cli',
  'mongo',
  'mongosh',
  'ldapsearch',
  'smbclient',
  'htpasswd',
  'docker',
  'podman',
]);

const URL_CREDENTIALS = /([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s/@]{1,512}@/gi;
const QUERY_SECRET = new RegExp(`([?&;][^=&\\s]{0,64}${SECRET_WORD}[^=&\\s]{0,64}=)[^&\\s;"']+`, 'gi');
const HEADER_SECRET =
  /\b((?:proxy-)?authorization\s*[:=]\s*|(?:set-)?cookie\s*[:=]\s*|x-[a-z-]{0,40}(?:token|key|secret)\s*[:=]\s*)[^\r\n"']+/gi;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const JWT = /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g;
const KNOWN_TOKENS =
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{15,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bAIza[A-Za-z0-9_-]{30,}/g;
const PEM = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;
const ASSIGNMENT = new RegExp(
  `\\b([A-Za-z0-9_.-]{0,64}${SECRET_WORD}[A-Za-z0-9_.-]{0,32}["']?\\s*[:=]\\s*)("[^"]*"|'[^']*'|[^\\s,;&"']+)`,
  'gi',
);
/** 32 characters and more of hex or base64 with letters and digits mixed, that are neither a container id nor a uid by context. */
const LONG_RANDOM =
  /(?<![A-Za-z0-9+/_=-])(?=[A-Za-z0-9+/_=-]*[A-Z])(?=[A-Za-z0-9+/_=-]*[a-z])(?=[A-Za-z0-9+/_=-]*\d)[A-Za-z0-9+/_=-]{40,}(?![A-Za-z0-9+/_=-])/g;

/** Shortest text in which `LONG_RANDOM` finds anything. */
const LONG_RANDOM_LENGTH = 40;
/**
 * One of these is in every text that a pattern above replaces something in, and so is a length of
 * `LONG_RANDOM_LENGTH`. Most words of command lines have none: they need not be searched nine times.
 */
const SUSPICIOUS = /[:=\s]|eyJ|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_|AIza/;

/** Scrubs free text: termination messages, event texts, log lines. */
export function scrubText(text: string): string {
  if (text.length < LONG_RANDOM_LENGTH && !SUSPICIOUS.test(text)) return text;
  return text
    .replace(PEM, MASK)
    .replace(URL_CREDENTIALS, `$1${MASK}@`)
    .replace(QUERY_SECRET, `$1${MASK}`)
    .replace(HEADER_SECRET, `$1${MASK}`)
    .replace(BEARER, `$1 ${MASK}`)
    .replace(JWT, MASK)
    .replace(KNOWN_TOKENS, MASK)
    .replace(ASSIGNMENT, (whole, name: string, value: string) =>
      value.startsWith(MASK) ? whole : `${name}${MASK}`,
    )
    .replace(LONG_RANDOM, MASK);
}

/** Scrubs a command line word by word and joins it: the value of a secret flag may be the next word. */
export function scrubCommandLine(args: readonly string[]): string {
  const program = (args[0] ?? '').split('/').at(-1) ?? '';
  const takesCredentials = CREDENTIAL_TOOLS.has(program);
  const out: string[] = [];
  let hideNext = false;
  for (const [index, arg] of args.entries()) {
    if (hideNext && !/^--?[a-z]/i.test(arg)) {
      out.push(MASK);
      hideNext = false;
      continue;
    }
    hideNext = false;
    if (index > 0 && takesCredentials && SECRET_FLAGS.has(arg)) hideNext = true;
    else if (index > 0 && takesCredentials && /^-[pu][^-\s]/.test(arg)) {
      out.push(`${arg.slice(0, 2)}${MASK}`);
      continue;
    } else if (/^--?[a-z]/i.test(arg) && !arg.includes('=') && SECRET_NAME.test(arg.replace(/^--?/, '')))
      hideNext = true;
    const equals = arg.indexOf('=');
    if (equals > 0 && SECRET_NAME.test(arg.slice(0, equals).replace(/^--?/, ''))) {
      out.push(`${arg.slice(0, equals + 1)}${MASK}`);
      continue;
    }
    out.push(scrubText(arg));
  }
  return out.join(' ');
}
