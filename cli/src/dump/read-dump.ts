import { closeSync, openSync, readSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { DumpFile, ReadDump } from '@tapio/kube';
import { DUMP_LIMITS, DumpReader, contentKind, decodeText } from '@tapio/kube';
import { UsageError } from '../exit-codes.ts';
import { readCertificate } from './certificate.ts';
import type { FoundFile } from './walk.ts';
import { filesOf, reasonOf } from './walk.ts';

export interface DumpRequest {
  readonly directory: string;
  /** Name of the cluster; the directory's if left out. */
  readonly cluster?: string;
  /** When the dump was taken, as the user says. */
  readonly nowUs?: number;
  /** Called now and then while a large dump is read. */
  readonly onProgress?: (done: number, all: number) => void;
}

export interface DirectoryDump extends ReadDump {
  readonly fileCount: number;
}

/** What is read of a log that is longer: enough for `DUMP_LIMITS.logTailLines` usual lines. */
const LOG_HEAD_BYTES = 64 * 1024;
const LOG_TAIL_BYTES = 1024 * 1024;

/**
 * Reads the files of a directory into a snapshot.
 *
 * @throws UsageError when the directory is not there or nothing of it can be used
 */
export function readDump(request: DumpRequest): DirectoryDump {
  const { directory, cluster, nowUs, onProgress } = request;
  const { files, problems } = found(directory);
  const reader = new DumpReader(readCertificate);
  for (const { path, message } of problems) reader.problem(path, message);
  for (const [index, file] of files.entries()) {
    onProgress?.(index, files.length);
    try {
      const read = readFile(file);
      if (typeof read === 'string') reader.problem(file.path, read);
      else reader.add(read);
    } catch (error) {
      reader.problem(file.path, reasonOf(error));
    }
  }
  onProgress?.(files.length, files.length);
  const dump = reader.finish({
    cluster: cluster ?? clusterNameOf(directory),
    ...(nowUs === undefined ? {} : { nowUs }),
  });
  if (dump.parts.objects.length === 0 && dump.parts.logs.length === 0) {
    const why = dump.problems
      .slice(0, 5)
      .map((p) => `\n  ${p.path}${p.place === '' ? '' : `, ${p.place}`}: ${p.message}`);
    throw new UsageError(
      `${directory} holds nothing that can be read (${files.length} files): expected what "kubectl cluster-info dump --output-directory" writes, a must-gather, or output of kubectl get, describe or logs${why.join('')}`,
    );
  }
  return { ...dump, fileCount: files.length };
}

function found(directory: string): ReturnType<typeof filesOf> {
  try {
    return filesOf(directory);
  } catch (error) {
    throw new UsageError(`${directory} can not be read: ${reasonOf(error)}`, { cause: error });
  }
}

function clusterNameOf(directory: string): string {
  const name = basename(resolve(directory)).replace(/\.(?:json|ya?ml|txt)$/i, '');
  return name === '' ? 'dump' : name;
}

/** The file's text; of a long log both ends. @returns a reason where it has none */
function readFile({ path, absolute, sizeBytes, modifiedMs }: FoundFile): DumpFile | string {
  const descriptor = openSync(absolute, 'r');
  try {
    const head = bytesAt(descriptor, 0, Math.min(sizeBytes, LOG_HEAD_BYTES));
    const decoded = decodeText(head);
    if (!decoded.ok) return decoded.reason;
    const named = { path, modifiedUs: Math.floor(modifiedMs * 1000) };
    if (sizeBytes <= LOG_HEAD_BYTES) return { ...named, text: decoded.text };
    if (contentKind(decoded.text) === 'log' && sizeBytes > LOG_HEAD_BYTES + LOG_TAIL_BYTES) {
      const tail = decodeText(bytesAt(descriptor, sizeBytes - LOG_TAIL_BYTES, LOG_TAIL_BYTES));
      return { ...named, text: decoded.text, tail: tail.ok ? tail.text : '' };
    }
    if (sizeBytes > DUMP_LIMITS.fileCharacters)
      return `has ${sizeBytes} bytes; files of objects of at most ${DUMP_LIMITS.fileCharacters} are read`;
    const whole = decodeText(bytesAt(descriptor, 0, sizeBytes));
    return whole.ok ? { ...named, text: whole.text } : whole.reason;
  } finally {
    closeSync(descriptor);
  }
}

function bytesAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const read = readSync(descriptor, bytes, got, length - got, position + got);
    if (read === 0) break;
    got += read;
  }
  return bytes.subarray(0, got);
}
