import { addApplications } from './applications.ts';
import { Cluster } from './cluster.ts';
import { addNode, addSystem } from './system.ts';

/** A whole small cluster that is well, into which a case makes its fault. */
export function cluster(seed: string, theme: 'retail' | 'media'): Cluster {
  const c = new Cluster(seed, theme);
  const { controlPlane, nodes } = c.theme;
  const zone = nodes[0]?.zone ?? '';
  addNode(c, { name: controlPlane, zone, ip: c.host(controlPlane).hostIP, isControlPlane: true });
  for (const node of nodes) addNode(c, { ...node, ip: c.host(node.name).hostIP, isControlPlane: false });
  addSystem(c);
  addApplications(c);
  return c;
}
