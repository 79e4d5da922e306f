/** What the build knows about itself. Run from source, nothing is bundled and nothing is signed. */
declare const __HEADGATE_SIGNED__: boolean | undefined

/** Signed with a developer's certificate: the Keychain, the login item and updates work only then. */
export const isSigned: boolean = typeof __HEADGATE_SIGNED__ !== 'undefined' && __HEADGATE_SIGNED__
