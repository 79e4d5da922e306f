/** Tells addresses of the public internet from all others: this machine, private networks, and the ranges that lead back into them. */
import { BlockList, isIP } from 'node:net'

/** IANA's special-purpose ranges. An IPv4 address inside of an IPv6 one (`::ffff:…`) is held to the IPv4 ranges. */
const v4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const
const v6 = [
  ['::', 96],
  ['64:ff9b::', 96], // IPv4 behind a translator
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32], // IPv4 behind a tunnel (Teredo, 6to4)
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const

const special = new BlockList()
for (const [net, prefix] of v4) special.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of v6) special.addSubnet(net, prefix, 'ipv6')

/** False for whatever is no address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !special.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
