/** Where Mosquitto's dynamic security plugin takes its commands. */
export const controlTopic = '$CONTROL/dynamic-security/v1'

/**
 * The command that ends every session of a store. Removing a name from the plugin ends its sessions at all listeners
 * (`mosquitto_kick_client_by_username`); boxes have no entries there, so one is made for that.
 */
export const endSessions = (store: string): string =>
  JSON.stringify({
    commands: [
      { command: 'createClient', username: store },
      { command: 'deleteClient', username: store },
    ],
  })
