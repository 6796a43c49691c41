import type { ParserSamples } from '../../contracts/parser.contract.ts';

/** Made-up lists for the contract, by parser name; all addresses are reserved for documentation. */
export const samplesByParser: Readonly<Record<string, ParserSamples>> = {
  plaintext: {
    lists: [
      {
        text: '# list\n192.0.2.1:80\n\nsocks5://us%20er:p%40ss@198.51.100.2:1080/x\n; old\n[2001:db8::1]:8080 fast\nname.example:80\n203.0.113.9:3128:user:pa:ss\n',
        addresses: ['192.0.2.1:80', '198.51.100.2:1080', '[2001:db8::1]:8080', '203.0.113.9:3128'],
        skipped: 1,
      },
    ],
    endless: { start: '192.0.2.1:80', repeated: '0' },
    repeatable: { start: '', entry: '192.0.2.1:80\n' },
  },
  spys: {
    lists: [
      {
        text: 'Proxy list (#2) updated now\n\n192.0.2.1:80 DE-N-S! + \n198.51.100.2:3128 us-H -\n203.0.113.9:99999 FR-A +\n',
        addresses: ['192.0.2.1:80', '198.51.100.2:3128'],
        skipped: 2,
      },
    ],
    endless: { start: '192.0.2.1:80 ', repeated: 'D' },
    repeatable: { start: '', entry: '192.0.2.1:80 DE-N +\n' },
  },
  json: {
    lists: [
      {
        text: '{"data": [\n {"ip": "192.0.2.1", "port": "80", "protocols": ["http", "socks5"], "geo": {"country": {"iso_code": "de"}}},\n {"host": "198.51.100.2", "port": 3128, "note": "\\u00e9\\ud83d\\ude00 \\"x\\" é😀"},\n {"ip": "name.example", "port": 80}],\n "more": ["203.0.113.9:99", ["socks4://203.0.113.8:1"]]}',
        addresses: ['192.0.2.1:80', '192.0.2.1:80', '198.51.100.2:3128', '203.0.113.9:99', '203.0.113.8:1'],
        skipped: 1,
      },
      {
        text: '{"ip":"192.0.2.1","port":80}\n{"ip":"192.0.2.2","port":0}\n{"ip":"192.0.2.3","port":81}\n',
        addresses: ['192.0.2.1:80', '192.0.2.3:81'],
        skipped: 1,
      },
    ],
    endless: { start: '["192.0.2.1:80', repeated: '\\u0030' },
    repeatable: { start: '[', entry: '{"ip":"192.0.2.1","port":80},' },
  },
  csv: {
    lists: [
      {
        text: 'IP Address,Port,Code,Https,Note\n192.0.2.1,80,DE,yes,"a, ""b""\nc"\n\n"198.51.100.2","3128",US,no\n203.0.113.9,0,US,no,\n203.0.113.8,81,,,5" disk',
        addresses: ['192.0.2.1:80', '198.51.100.2:3128', '203.0.113.8:81'],
        skipped: 1,
      },
      { text: 'port;host\n80;192.0.2.1\n', addresses: ['192.0.2.1:80'], skipped: 0 },
      { text: 'port\tproxy\n80\t192.0.2.1\n', addresses: ['192.0.2.1:80'], skipped: 0 },
    ],
    endless: { start: 'ip,port\n"192.0.2.1', repeated: '0' },
    repeatable: { start: 'ip,port\n', entry: '192.0.2.1,80\n' },
  },
  html_table: {
    lists: [
      {
        text: '<!doctype html><table class="a"><thead><tr><th>IP Address</th><th>Port</th><th>Code</th><th>Https</th></tr></thead>\n<tr><td>192.0.2.1<td><b>8</b>&#48;<td>DE<td>yes\n<tr><td>192.0.2<script>"</td>1.1"</script>.2</td><td>81</td></tr><tr><td>x</td><td>82</td></tr></table>\n<!-- <td>192.0.2.9:1</td> --><table><tr><td>1<td>198.51.100.2<td>3128</tr><tr><td>203.0.113.9:99</table>',
        addresses: ['192.0.2.1:80', '192.0.2.2:81', '198.51.100.2:3128', '203.0.113.9:99'],
        skipped: 1,
      },
    ],
    endless: { start: '<table><tr><td>192.0.2.1</td><td title="', repeated: '8' },
    repeatable: { start: '<table>', entry: '<tr><td>192.0.2.1</td><td>80</td></tr>' },
  },
  base64: {
    lists: [
      {
        text: btoa('192.0.2.1:80\nsocks5://198.51.100.2:1080\nnothing\n203.0.113.9:3128').replace(/.{20}/g, '$&\n'),
        addresses: ['192.0.2.1:80', '198.51.100.2:1080', '203.0.113.9:3128'],
        skipped: 1,
      },
    ],
    endless: { start: '', repeated: 'AAAA' },
    repeatable: { start: '', entry: btoa('192.0.2.123:80\n') },
  },
};
