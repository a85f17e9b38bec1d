/** Icons of @grafana/ui would be fetched; tests find them by file name instead. */
export default function InlineSvg({ src }: { readonly src: string }) {
  return <svg data-testid={src.split('/').at(-1)?.replace('.svg', '')} />;
}
