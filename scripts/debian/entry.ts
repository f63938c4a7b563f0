/** One thing in the package: a copy of a file, a text made here, or a symbolic link. */
export interface Entry {
  /** Where it lies on the machine, without the leading slash. */
  path: string
  content: { file: string } | { text: string | Uint8Array } | { link: string }
  /** Files are 0644 otherwise. */
  executable?: true
}

/** What Debian calls the two kinds of machine, and what everybody else does. */
export const architectures = {
  amd64: { cpu: 'x64', machine: 62, compiler: 'x86_64-linux-gnu-g++', compilerPackage: 'g++-x86-64-linux-gnu' },
  arm64: { cpu: 'arm64', machine: 183, compiler: 'aarch64-linux-gnu-g++', compilerPackage: 'g++-aarch64-linux-gnu' },
} as const

export type Architecture = keyof typeof architectures

export const isArchitecture = (text: string): text is Architecture => Object.hasOwn(architectures, text)

/** Why there is no package, as one line for whoever builds it. */
export class NotPackaged extends Error {}
