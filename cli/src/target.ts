import { kindOfResource } from '@tapio/kube';
import { UsageError } from './exit-codes.ts';

/** What somebody asks about: a pod by its name, or what owns it as `Kind/name`. */
export interface Target {
  readonly kind: string | undefined;
  readonly name: string;
}

/** `checkout-7d9c6b5f4-x2lqv`, `pod/checkout-...`, `deploy/checkout`. @throws UsageError */
export function parseTarget(text: string): Target {
  const [first = '', second, ...rest] = text.split('/');
  const name = second ?? first;
  if (rest.length > 0 || name === '' || !/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(name)) {
    throw new UsageError(`${text} names no object: give a pod, or KIND/NAME such as deployment/checkout`);
  }
  if (second === undefined) return { kind: undefined, name };
  const kind = kindOfResource(first) ?? first;
  if (!/^[A-Za-z]{1,63}$/.test(kind)) throw new UsageError(`${first} is no kind of object`);
  return { kind, name };
}
