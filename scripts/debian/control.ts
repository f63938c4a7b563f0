import type { Architecture } from './entry.ts'

/** What the daemons and their units use besides libraries: sysusers, tmpfiles, notify; Debian's way to call systemd. */
const systems = ['init-system-helpers (>= 1.54)', 'systemd (>= 249)']

/**
 * The package's control file.
 * @param kilobytes what it takes on the disk, in units of 1024 bytes
 */
export function controlFile(options: {
  version: string
  architecture: Architecture
  libraries: readonly string[]
  kilobytes: number
  maintainer: string
}): string {
  return `Package: vafa
Version: ${options.version}
Architecture: ${options.architecture}
Maintainer: ${options.maintainer}
Installed-Size: ${options.kilobytes}
Depends: ${[...systems, ...options.libraries].sort().join(', ')}
Recommends: libccid, pcscd, systemd-timesyncd | time-daemon, udev
Suggests: postgresql (>= 15)
Section: net
Priority: optional
Description: store hardware gateway and customer club
 Vafa (Persian for loyalty) runs the hardware side of a customer club, from the
 tap of a card to the printed receipt, and the club behind it.
 .
 This package has the daemons, vafa-gateway for the box in a store, vafa-club
 for head office and vafa-agent for a Linux POS terminal, and the command vafa.
 None is started before it has a configuration and is enabled. It brings its
 own Node and fetches nothing.
`
}
