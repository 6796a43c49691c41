/** What wrangler and the tests' runtime make of an imported `.wasm` file: a module compiled ahead of time. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** Likewise a `.bin` file: its bytes. */
declare module '*.bin' {
  const bytes: ArrayBuffer;
  export default bytes;
}
