import { InvalidArgumentError } from 'commander'
import { normaliseMobile } from '#protocol/credentials.ts'
import { type StorePart, storeParts } from './store-parts.ts'

// How the command line's words become values. What is thrown is told as wrong usage, in one line.

/** A TCP port, 1 to 65535. */
export const port = (text: string): number => wholeNumber(text, { from: 1, to: 65_535, what: 'a port' })

/** An amount in whole rials. */
export const rials = (text: string): number =>
  wholeNumber(text, { from: 0, to: Number.MAX_SAFE_INTEGER, what: 'an amount in whole rials' })

/** A number of things or of milliseconds, at least 1. */
export const count = (text: string): number => wholeNumber(text, { from: 1, to: 10_000_000, what: 'a number' })

/** How many times as fast: `2`, `0.5`, or `max` for no pauses at all. */
export function speed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const times = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0
  if (times >= 0.01 && times <= 1_000) return times
  throw new InvalidArgumentError('Use a number from 0.01 to 1000, or max.')
}

/** An Iranian mobile, `09…` or `+989…`, in Persian digits too; gives it as `+989…`. */
export function mobile(text: string): string {
  const known = normaliseMobile(text)
  if (known === undefined) throw new InvalidArgumentError('Use a mobile number such as 09123456789.')
  return known
}

/** Numbers of things, separated by commas. */
export const counts = (text: string): number[] => text.split(',').map(count)

/** `HOST:PORT`; the host may be left out. */
export function address(text: string): { host: string; port: number } {
  const [, host = '', digits] = /^(.*):(\d+)$/.exec(text) ?? []
  if (digits === undefined) throw new InvalidArgumentError('Use HOST:PORT, such as 127.0.0.1:4400.')
  return { host: host || '127.0.0.1', port: port(digits) }
}

/** `HOST:PORT`, once more. */
export const addresses = (text: string, before: { host: string; port: number }[]) => [...before, address(text)]

/** Names of stores, separated by commas. */
export function storeNames(text: string): string[] {
  const names = text.split(',')
  const wrong = names.find((name) => !/^[a-z0-9-]{1,40}$/.test(name))
  if (wrong !== undefined) throw new InvalidArgumentError(`“${wrong}” is not a store's name: use a–z, 0–9 and -.`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new InvalidArgumentError(`“${twice}” stands there twice: each store has a name of its own.`)
  return names
}

/** Parts of a store, separated by commas. */
export function parts(text: string): StorePart[] {
  const names = text.split(',')
  const wrong = names.find((name) => !storeParts.some((part) => part === name))
  if (wrong !== undefined) throw new InvalidArgumentError(`“${wrong}” is none of ${storeParts.join(', ')}.`)
  return names as StorePart[]
}

/** The name of a key. */
export function keyName(text: string): string {
  if (/^[a-z0-9-]{1,40}$/.test(text)) return text
  throw new InvalidArgumentError(`“${text}” is not a key's name: use 1 to 40 of a–z, 0–9 and -.`)
}

function wholeNumber(text: string, { from, to, what }: { from: number; to: number; what: string }): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= from && number <= to) return number
  throw new InvalidArgumentError(`It is not ${what}: use a number from ${from} to ${to}.`)
}
