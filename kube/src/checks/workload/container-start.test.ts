import { describe, expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, podEvent, waiting, webPod } from '../../testing/web-pod.ts';
import { containerStartCheck } from './container-start.ts';
import { startProblem } from './start-problems.ts';

const RUNC =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

describe('what runtimes say is told in one word, with the thing it is about', () => {
  test.each([
    ['command_not_found', 'serve', `${RUNC}exec: "serve": executable file not found in $PATH: unknown`],
    [
      'command_not_found',
      '/app/serve',
      `${RUNC}error during container init: exec: "/app/serve": stat /app/serve: no such file or directory: unknown`,
    ],
    [
      'command_not_found',
      'serve',
      'OCI runtime create failed: crun: executable file `serve` not found in $PATH: No such file or directory',
    ],
    ['command_not_executable', '/app/serve', `${RUNC}exec: "/app/serve": permission denied: unknown`],
    ['command_not_executable', undefined, 'crun: open executable: Permission denied: OCI permission denied'],
    ['platform', undefined, 'exec /app/serve: exec format error'],
    ['oom', undefined, `${RUNC}container init was OOM-killed (memory limit too low?): unknown`],
    [
      'directory',
      '/srv',
      `${RUNC}chdir to cwd ("/srv") set in config.json failed: no such file or directory: unknown`,
    ],
    [
      'mount',
      '/etc/app/config.yml',
      'container_linux.go:345: starting container process caused "process_linux.go:430: container init caused \\"rootfs_linux.go:58: mounting \\\\\\"/var/lib/kubelet/pods/1/volume-subpaths/conf/app/0\\\\\\" to rootfs \\\\\\"/run/rootfs\\\\\\" at \\\\\\"/etc/app/config.yml\\\\\\" caused \\\\\\"not a directory\\\\\\"\\""',
    ],
    ['mount', '/etc/app.conf', 'crun: mount `/var/lib/1` to `/etc/app.conf`: Not a directory'],
    [
      'mount',
      '/etc/app.conf',
      `${RUNC}error mounting "/var/lib/kubelet/pods/1/volume-subpaths/conf/app/0" to rootfs at "/etc/app.conf": mount src: not a directory: unknown`,
    ],
    ['read_only', '/data', `${RUNC}mkdir /data: read-only file system: unknown`],
    [
      'root_refused',
      undefined,
      'container has runAsNonRoot and image will run as root (pod: "web_shop(1)", container: app)',
    ],
    [
      'root_refused',
      'nginx',
      'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root',
    ],
    ['user', 'app', `${RUNC}unable to find user app: no matching entries in passwd file`],
  ])('%s %s: %s', (problem, subject, text) => {
    expect(startProblem(text)).toEqual({ problem, subject });
  });

  test('what says nothing known is nothing', () => {
    expect(startProblem('context deadline exceeded')).toBeUndefined();
  });
});

test('a start error is read from the end of the last run', () => {
  const last = {
    exitCode: 128,
    reason: 'StartError',
    message: `${RUNC}exec: "serve": executable file not found in $PATH: unknown`,
    startedAt: '1970-01-01T00:00:00Z',
    finishedAt: ago(20),
  };
  const pod = webPod({
    status: { ...waiting('CrashLoopBackOff'), restartCount: 3, lastState: { terminated: last } },
  });
  expect(seenBy(containerStartCheck, snapshotOf([pod]))).toMatchObject([
    { type: 'container_start_failed', problem: 'command_not_found', subject: 'serve', container: 'app' },
  ]);
});

test('a start hook that fails is told by its event', () => {
  const pod = webPod({ container: { lifecycle: { postStart: {} } }, status: waiting('CrashLoopBackOff') });
  const event = podEvent('FailedPostStartHook', 'PostStartHook failed');
  expect(seenBy(containerStartCheck, snapshotOf([pod, event]))).toMatchObject([
    { problem: 'hook', subject: 'postStart' },
  ]);
});

test('a container that runs now is silent, whatever was said before', () => {
  const event = podEvent('Failed', `Error: ${RUNC}exec: "serve": executable file not found in $PATH`);
  expect(seenBy(containerStartCheck, snapshotOf([webPod(), event]))).toEqual([]);
});

test('a program that ran and exited by itself did start', () => {
  const last = {
    exitCode: 1,
    reason: 'Error',
    message: 'exec: "git": executable file not found in $PATH',
    startedAt: ago(40),
    finishedAt: ago(20),
  };
  const pod = webPod({
    status: { ...waiting('CrashLoopBackOff'), restartCount: 3, lastState: { terminated: last } },
  });
  expect(seenBy(containerStartCheck, snapshotOf([pod]))).toEqual([]);
});
