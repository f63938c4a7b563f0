import { readClubConfig } from '#club/config.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createUsers } from '#club/head-office/users.ts'

/** The name of who may log in at a new club's pages. */
export const firstAdministrator = 'admin'

/** Makes that login; resolves with its one-time password, which is kept nowhere. */
export async function addFirstAdministrator(clubConfig: string): Promise<string> {
  const database = openOfficeDatabase(readClubConfig(clubConfig).officeFile)
  try {
    const at = new Date().toISOString()
    return await createUsers(database).add({ name: firstAdministrator, role: 'administrator', stores: [], at })
  } finally {
    database.close()
  }
}
