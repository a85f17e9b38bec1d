import { describe, expect, test } from 'vitest';
import { containerIdentity, containerIdentityOfPath } from './container-identity.ts';

const ID = '3f5b0a4e7c1d9e8f2a6b4c0d1e3f5a7b9c8d0e2f4a6b8c0d1e3f5a7b9c8d0e2f';
const OTHER = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';
const UID = '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22';
const UID_ = UID.replaceAll('-', '_');
const STATIC_UID = 'c9b1f6a0d2e34b5c8f7a6e5d4c3b2a19';

describe('paths of containers', () => {
  test.each<[string, string, string | undefined, number]>([
    [
      'containerd, systemd driver, burstable',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
      UID,
      0,
    ],
    [
      'containerd, systemd driver, guaranteed',
      `/kubepods.slice/kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`,
      UID,
      0,
    ],
    ['containerd, cgroupfs driver, besteffort', `/kubepods/besteffort/pod${UID}/${ID}`, UID, 0],
    ['containerd, cgroupfs driver, guaranteed', `/kubepods/pod${UID}/${ID}`, UID, 0],
    [
      'containerd, cgroupfs driver, below a parent of its own',
      `/tapio-test-4711/kubepods/burstable/pod${UID}/${ID}`,
      UID,
      0,
    ],
    [
      'containerd, systemd-style path under cgroupfs',
      `/system.slice/containerd.service/kubepods-besteffort-pod${UID_}.slice:cri-containerd:${ID}`,
      UID,
      0,
    ],
    [
      'CRI-O, systemd driver',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/crio-${ID}.scope`,
      UID,
      0,
    ],
    [
      'CRI-O, nested container cgroup',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/crio-${ID}.scope/container`,
      UID,
      1,
    ],
    ['CRI-O, cgroupfs driver', `/kubepods/burstable/pod${UID}/crio-${ID}`, UID, 0],
    [
      'Docker through cri-dockerd, systemd driver',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/docker-${ID}.scope`,
      UID,
      0,
    ],
    ['Docker, cgroupfs driver', `/docker/${ID}`, undefined, 0],
    ['Docker, systemd driver', `/system.slice/docker-${ID}.scope`, undefined, 0],
    ['Docker, a service inside the container', `/docker/${ID}/system.slice/nginx.service`, undefined, 2],
    [
      'Docker, rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`,
      undefined,
      0,
    ],
    ['Podman, systemd driver', `/machine.slice/libpod-${ID}.scope`, undefined, 0],
    ['Podman, nested container cgroup', `/machine.slice/libpod-${ID}.scope/container`, undefined, 1],
    ['Podman, cgroupfs driver', `/libpod_parent/libpod-${ID}`, undefined, 0],
    [
      'a static pod, whose uid is a hash',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${STATIC_UID}.slice/cri-containerd-${ID}.scope`,
      STATIC_UID,
      0,
    ],
    ['a static pod, cgroupfs driver', `/kubepods/burstable/pod${STATIC_UID}/${ID}`, STATIC_UID, 0],
    [
      'kind, systemd driver: the inner container',
      `/system.slice/docker-${OTHER}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
      UID,
      0,
    ],
    [
      'kind, cgroupfs driver: the inner container',
      `/docker/${OTHER}/kubelet/kubepods/burstable/pod${UID}/${ID}`,
      UID,
      0,
    ],
    ['containerd without Kubernetes', `/k8s.io/${ID}`, undefined, 0],
  ])('%s', (_, path, podUid, containerDepth) => {
    expect(containerIdentityOfPath(path)).toEqual({
      containerId: ID,
      containerDepth,
      ...(podUid === undefined ? {} : { podUid }),
    });
  });

  test('a process of kind’s node itself is in the node’s container', () => {
    expect(containerIdentityOfPath(`/docker/${OTHER}/kubelet`)).toEqual({
      containerId: OTHER,
      containerDepth: 1,
    });
  });
});

describe('what is no container', () => {
  test.each([
    ['the root', '/'],
    ['a session', '/user.slice/user-1000.slice/session-3.scope'],
    ['a service', '/system.slice/containerd.service'],
    ['a service with digits in its name', `/system.slice/backup-${ID}.service`],
    ['a directory that is named like an id', `/builds/${ID}`],
    ['an id at the root', `/${ID}`],
    ['an id with a digit too few', `/docker/${ID.slice(1)}`],
    ['an id in capitals', `/docker/${ID.toUpperCase()}`],
    ['a scope of another program', `/system.slice/run-${ID}.scope`],
    ['a name that only begins with pod', '/podcasts/episode'],
    ['Podman’s monitor', `/machine.slice/libpod-conmon-${ID}.scope`],
  ])('%s', (_, path) => {
    expect(containerIdentityOfPath(path)).toEqual({});
  });

  test('CRI-O’s monitor is of the pod but in no container', () => {
    expect(
      containerIdentityOfPath(`/kubepods.slice/kubepods-pod${UID_}.slice/crio-conmon-${ID}.scope`),
    ).toEqual({ podUid: UID });
  });
  test('a pod’s own cgroup has a pod and no container', () => {
    expect(containerIdentityOfPath(`/kubepods/burstable/pod${UID}`)).toEqual({ podUid: UID });
    expect(
      containerIdentity([
        `kubepods-burstable-pod${UID_}.slice`,
        'kubepods-burstable.slice',
        'kubepods.slice',
      ]),
    ).toEqual({ podUid: UID });
  });
});
