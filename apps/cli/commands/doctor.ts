import { Command } from 'commander';
import { diagnose, type Finding } from '#libs/composition/doctor';
import { json } from '../print.js';

const SIGNS = { ok: ' ok ', warning: 'WARN', fault: 'FAIL' } as const;

export const doctorCommand = () =>
  new Command('doctor')
    .description('check everything an installation needs; exit code 1 when something is wrong')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings: Finding[] = [];
      for await (const finding of diagnose()) {
        findings.push(finding);
        if (!options.json) console.log(`${SIGNS[finding.state]}  ${finding.what.padEnd(16)} ${finding.detail}`);
      }
      if (options.json) console.log(json(findings, 2));
      if (findings.some(({ state }) => state === 'fault')) process.exitCode = 1;
    });
