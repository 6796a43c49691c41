import { spawn } from 'node:child_process';

// Leads the process group of what it runs. When its parent is gone, however that came about, the whole group ends.
const [script, ...args] = process.argv.slice(2);
if (!script) throw new Error('Usage: group-leader SCRIPT [ARGUMENT…]');
const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
child.once('exit', (code) => process.exit(code ?? 1));

process.once('disconnect', () => {
  if (process.platform === 'win32') child.kill();
  else process.kill(-process.pid, 'SIGKILL');
});
