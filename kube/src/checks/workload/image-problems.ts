/** What is wrong with an image, in one word (data key `problem` of `image_pull_failed`). */
export type ImageProblem =
  | 'not_found'
  | 'unauthorized'
  | 'unreachable'
  | 'rate_limited'
  | 'certificate'
  | 'platform'
  | 'name_invalid'
  | 'never_pulled'
  /** The registry does not tell a repository that is missing from one that may not be read. */
  | 'not_found_or_unauthorized';

/**
 * Texts of containerd (core/remotes/docker), CRI-O (containers/image), cri-dockerd and of registries
 * (distribution error codes), the most telling first: a message often holds several.
 */
const TEXTS: readonly (readonly [ImageProblem, RegExp])[] = [
  [
    'name_invalid',
    /couldn't parse image (?:name|reference)|invalid reference format|must be lowercase|InvalidImageName/i,
  ],
  ['never_pulled', /is not present with pull policy of Never|ErrImageNeverPull/i],
  ['rate_limited', /toomanyrequests|too many requests|pull rate limit|\b429\b/i],
  [
    'platform',
    /no match for platform|no matching manifest for|no image found in (?:manifest list|image index) for architecture|does not match the specified platform/i,
  ],
  [
    'certificate',
    /x509:|certificate signed by unknown authority|certificate has expired|tls: failed to verify|server gave HTTP response to HTTPS client|remote error: tls|certificate is (?:not )?valid for/i,
  ],
  ['not_found_or_unauthorized', /repository does not exist or may require/i],
  [
    'unauthorized',
    /unauthorized|authentication required|no basic auth credentials|access (?:to the resource is )?denied|\b401\b|\b403\b|denied:|failed to (?:authorize|fetch (?:anonymous|oauth) token)|authorization failed|unable to retrieve some image pull secrets.*denied/i,
  ],
  [
    'unreachable',
    /no such host|i\/o timeout|connection refused|network is unreachable|no route to host|TLS handshake timeout|connection reset by peer|context deadline exceeded|server misbehaving|Temporary failure in name resolution|pinging container registry|unexpected EOF|\b50[0234]\b|RegistryUnavailable|proxyconnect/i,
  ],
  ['not_found', /manifest unknown|not found|name unknown|NAME_UNKNOWN|repository name not known|404/i],
];

/** @returns undefined for a text that tells none */
export function imageProblem(text: string): ImageProblem | undefined {
  // A token that can't be fetched for lack of the network is no refusal.
  if (/failed to (?:fetch|authorize)[\s\S]*(?:dial tcp|lookup |i\/o timeout)/i.test(text)) {
    return (
      TEXTS.find(([problem, pattern]) => problem === 'certificate' && pattern.test(text))?.[0] ??
      'unreachable'
    );
  }
  return TEXTS.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Host of an image's registry; `docker.io` where the name has none (distribution/reference). */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}
