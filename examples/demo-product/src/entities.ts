import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Names a member of an organisation may do things by; each includes the ones before. */
export const ROLES = ['viewer', 'developer', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** A project of an organisation. */
@Entity('project')
export class Project {
  @PrimaryColumn('text') id!: string;
  @Column('text') org!: string;
  @Column('text') name!: string;
  @Column('text') region!: string;
}

/** Something of a project that can be deployed. */
@Entity('integration')
export class Integration {
  @PrimaryColumn('text') id!: string;
  @Column('text') org!: string;
  @Column('text', { name: 'project_id' }) projectId!: string;
  @Column('text') name!: string;
  @Column('text') version!: string;
  @Column('text') endpoint!: string;
  @Column('text', { name: 'access_mode' }) accessMode!: 'private' | 'organisation' | 'public';
  @Column('boolean', { name: 'auto_deploy' }) autoDeploy!: boolean;
  /** Environments that it runs in. */
  @Column('text', { array: true }) environments!: string[];
}

/** Somebody who works with the product. */
@Entity('member')
export class Member {
  @PrimaryColumn('text') org!: string;
  @PrimaryColumn('text', { name: 'user_id' }) user!: string;
  @Column('text') name!: string;
  @Column('text') email!: string;
  @Column('text') role!: Role;
}

/** A key with which an installation on the customer's own premises signs in. The key itself is shown once and not kept. */
@Entity('on_premises_key')
export class OnPremisesKey {
  @PrimaryColumn('text') id!: string;
  @Column('text') org!: string;
  @Column('text') name!: string;
  /** Its last four characters. */
  @Column('text') ending!: string;
}
