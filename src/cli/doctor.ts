import type { Command } from 'commander';
import pc from 'picocolors';
import { examineDocker } from '../backends/docker/doctor.js';
import type { Session } from './session.js';

/** `assay doctor`: whether this machine has what runs need, and how to get what it lacks. */
export function addDoctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('examine this machine: Node, disk space, Docker engine, kernel abilities, base image')
    .option('--json', 'print the findings as JSON')
    .action(async () => {
      const findings = await examineDocker();
      session.printJson(findings);
    });
}
