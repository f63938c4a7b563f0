import type { Programme } from '#programme/schema.ts'
import type { Overdraft } from './purse.ts'

/** Whether what a return takes back may become a debt: never, where the programme does not say so. */
export const overdraftOf = (programme: Programme & { overdraft?: Overdraft | undefined }): Overdraft =>
  programme.overdraft ?? 'never'
