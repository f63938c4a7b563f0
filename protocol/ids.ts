import { z } from 'zod'

/** Names of stores, lanes, devices and clubs, as they stand in topics. */
export const name = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a–z, 0–9 and -')
  .meta({ description: 'a name as it stands in a topic' })

/** Ids of events, sales, quotes and members: UUIDs; those made by Vafa are version 7, so they sort by time. */
export const id = z.uuid().meta({ description: 'a UUID; version 7 where Vafa makes it' })

/** An instant: ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export const instant = z.iso.datetime().meta({ description: 'an instant in UTC' })

/** A civil date `YYYY-MM-DD` in the store's time zone (Gregorian on the wire; Jalali only on what people read). */
export const civilDate = z.iso.date().meta({ description: 'a civil date, Gregorian' })

/** How long a month can be: the first six of a Jalali year have 31 days, the others 30. */
const mostDays = (year: number, month: number): number =>
  year < 1_700 ? (month <= 6 ? 31 : 30) : new Date(Date.UTC(year, month, 0)).getUTCDate()

/** A person's birthday `YYYY-MM-DD`, in the calendar in which it was told: a year before 1700 is Jalali. */
export const birthDate = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a date such as 1370-06-31 or 1991-09-22')
  .refine(
    (text) => Number(text.slice(8)) <= mostDays(Number(text.slice(0, 4)), Number(text.slice(5, 7))),
    'that month has fewer days',
  )
  .meta({ description: 'a civil date; Jalali where the year is before 1700' })

/** How many decimal digits a box's sequence number has on the wire, so that it sorts as a string. */
export const sequenceDigits = 15

export const sequence = z
  .string()
  .regex(/^\d{15}$/, 'must be 15 digits')
  .meta({ description: "a box's running number of facts, from 1, without gaps" })

export const formatSequence = (value: number): string => String(value).padStart(sequenceDigits, '0')
export const parseSequence = (value: string): number => Number.parseInt(value, 10)
