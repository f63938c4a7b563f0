import { type Command, Option } from 'commander'
import { roles } from '#protocol/head-office/roles.ts'

/** Who may log in at head office's pages. */
export function addUserCommands(club: Command): void {
  const commands = () => import('./commands/club-user.ts')
  const user = club.command('user').description('who may log in at head office’s pages (docs/head-office.md)')
  const stores = ['--store <names...>', 'the stores that a store manager or cashier is bound to; all otherwise'] as const
  const byStdin = ['--password-stdin', 'take the password from standard input, in the place of a one-time one'] as const
  const name = ['<name>', 'as it is typed at the login'] as const
  const oneRole = () => new Option('--role <role>', 'what the user may do').choices(roles).makeOptionMandatory()

  user
    .command('add')
    .description('somebody may log in; a one-time password is printed once')
    .argument(...name)
    .addOption(oneRole())
    .option(...stores)
    .option('--title <text>', 'the name that others read')
    .option(...byStdin)
    .action(async (who, _, command) => (await commands()).addUser(who, command.optsWithGlobals()))
  user
    .command('list')
    .description('who may log in, as what, and who has')
    .option('--json', 'print them for a machine')
    .action(async (_, command) => (await commands()).listUsers(command.optsWithGlobals()))
  user
    .command('role')
    .description('another role, or other stores; open sessions end')
    .argument(...name)
    .addOption(oneRole())
    .option(...stores)
    .action(async (who, _, command) => {
      const { role, ...options } = command.optsWithGlobals()
      await (await commands()).setUserRole(who, role, options)
    })
  user
    .command('password')
    .description('a new one-time password, printed once; open sessions end')
    .argument(...name)
    .option(...byStdin)
    .action(async (who, _, command) => (await commands()).setUserPassword(who, command.optsWithGlobals()))
  user
    .command('remove')
    .description('somebody may not log in any more; what they did stays in the audit log')
    .argument(...name)
    .action(async (who, _, command) => (await commands()).removeUser(who, command.optsWithGlobals()))
}
