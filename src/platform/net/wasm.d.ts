/** What wrangler and the tests' runtime make of an imported `.wasm` file: a module compiled ahead of time. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
