import type { Language } from '#protocol/text.ts'
import type { DeviceMemory } from '../contract.ts'

/** What a terminal's messages are read and answered with. */
export interface TerminalPlace {
  store: string
  /** Who it is by its connection. */
  terminal: string
  language: Language
  /** `ascii` for terminals without Unicode: then the language is English. */
  charset: 'utf-8' | 'ascii'
  /** Columns of the receipt's text; 0: none is sent. */
  receiptColumns: number
  timeZone: string
  memory: DeviceMemory
  /** Milliseconds since 1970. */
  now(): number
  /** A fresh id for a request to the lane. */
  nextId(): string
}
