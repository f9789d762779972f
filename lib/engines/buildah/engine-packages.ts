/** Debian's and Ubuntu's packages that make Buildah an engine for steps: the one list of them. */
export const enginePackages = ['buildah', 'runc', 'slirp4netns', 'iproute2', 'util-linux', 'mount'] as const;

/** For whoever installs them by hand, on the machine of a worker. */
export const installCommand = `apt-get install --no-install-recommends ${enginePackages.join(' ')}`;
