import { readClubConfig } from '#club/config.ts'
import { type Segments, segmentsSchema } from '#club/insight/segments.ts'
import { placeOf } from '#club/open-books.ts'
import type { Reader } from '#club/store/questions.ts'
import { openReader } from '#club/store/snapshot.ts'
import { readConfig } from '#runtime/config.ts'

export interface ClubFile {
  /** club.yaml. */
  config: string
}

/** Runs `work` with a club's database, which is only read, and with what its configuration says of reports. */
export async function withClubReader(
  file: string,
  work: (given: {
    reader: Reader
    segments: Segments
    config: ReturnType<typeof readClubConfig>
    currency: string
  }) => Promise<void>,
): Promise<void> {
  const config = readClubConfig(file)
  const segments = config.segments === undefined ? { segments: [] } : readConfig(config.segments, segmentsSchema)
  const reader = await openReader(placeOf(config.database))
  try {
    const [books] = await reader.query<{ unit: string }>("SELECT unit FROM totals WHERE account = 'house:issued'")
    await work({ reader, segments, config, currency: books?.unit ?? 'IRR' })
  } finally {
    await reader.close()
  }
}
