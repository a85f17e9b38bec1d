import { ADDRESSES } from './network-addresses.ts';
import { SERVICES } from './network-services.ts';

export const NETWORK = { ...SERVICES, ...ADDRESSES };
