/** A stand-in Electron distribution: enough for electron-builder to pack against where the real one cannot be downloaded, nothing that runs. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the fuse tools look for in the binary: sentinel, version 1, the number of fuses, and one character per fuse as Electron ships them. */
const fuseWire = Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n#dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100100')])

/** Writes the distribution of `version` into `folder`, replacing what is there. */
export function writeStubElectron(platform: 'darwin' | 'linux', folder: string, version: string): void {
  const put = (path: string, content: string | Buffer = 'stub') => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const executable = (path: string, content: string | Buffer) => {
    put(path, content)
    chmodSync(join(folder, path), 0o755)
  }
  rmSync(folder, { recursive: true, force: true })
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) put(name)
  put('version', version)
  if (platform === 'linux') {
    executable('electron', fuseWire)
    for (const path of ['chrome-sandbox', 'chrome_crashpad_handler', 'icudtl.dat', 'resources.pak', 'locales/en-US.pak', 'resources/.keep']) put(path)
    return
  }
  const app = (at: string, name: string, id: string) => {
    executable(`${at}/Contents/MacOS/${name}`, '#!/bin/sh\n')
    put(`${at}/Contents/Info.plist`, plist(name, id))
  }
  app('Electron.app', 'Electron', 'com.github.Electron')
  put('Electron.app/Contents/Resources/electron.icns')
  put('Electron.app/Contents/Resources/en.lproj/locale.pak')
  const frameworks = 'Electron.app/Contents/Frameworks'
  for (const kind of ['', ' (GPU)', ' (Renderer)', ' (Plugin)'])
    app(`${frameworks}/Electron Helper${kind}.app`, `Electron Helper${kind}`, 'com.github.Electron.helper')
  const framework = `${frameworks}/Electron Framework.framework`
  executable(`${framework}/Versions/A/Electron Framework`, fuseWire)
  put(`${framework}/Versions/A/Resources/en.lproj/locale.pak`) // an empty folder is not copied
  symlinkSync('A', join(folder, framework, 'Versions/Current'))
  symlinkSync('Versions/Current/Electron Framework', join(folder, framework, 'Electron Framework'))
  symlinkSync('Versions/Current/Resources', join(folder, framework, 'Resources'))
}

function plist(name: string, id: string): string {
  const entries = { CFBundleExecutable: name, CFBundleName: name, CFBundleDisplayName: name, CFBundleIdentifier: id }
  const dict = Object.entries(entries).map(([key, value]) => `<key>${key}</key><string>${value}</string>`)
  return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>${dict.join('')}</dict></plist>`
}
