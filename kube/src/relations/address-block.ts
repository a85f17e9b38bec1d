import ipaddr from 'ipaddr.js';

/** Whether an IP address is in a CIDR block; what is no address or no block is in none, nor of another family. */
export function inBlock(address: string, cidr: string): boolean {
  if (!ipaddr.isValid(address) || !ipaddr.isValidCIDR(cidr)) return false;
  const [ip, block] = [ipaddr.process(address), ipaddr.parseCIDR(cidr)];
  return ip.kind() === block[0].kind() && ip.match(block);
}
