// Which file systems one machine has for itself: a name that appears there is seen by all at once, and a lock on it by everybody.

/** Linux's numbers (`statfs`). */
const local: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext2, ext3 or ext4"],
  [0x58465342, "XFS"],
  [0x9123683e, "Btrfs"],
  [0x01021994, "tmpfs"],
  [0x858458f6, "ramfs"],
  [0x794c7630, "overlayfs"],
  [0xf2f52010, "F2FS"],
  [0x2fc12fc1, "ZFS"],
  [0xca451a4e, "bcachefs"],
  [0x3153464a, "JFS"],
  [0x52654973, "ReiserFS"],
  [0x3434, "NILFS"],
]);

const shared: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"],
  [0x786f4256, "a folder of VirtualBox's host"],
  [0xbacbacbc, "a folder of VMware's host"],
]);

/** Why the file system is not to be trusted with locks and renames of ours; `undefined` = it is. `typeOf` = what `statfs` says. */
export function fileSystemDoubt(platform: string, typeOf: () => number): string | undefined {
  if (platform !== "linux") return `on ${platform} it has not been proved safe`;
  // Where the number is signed, it is the same number.
  const type = typeOf() >>> 0;
  if (local.has(type)) return undefined;
  const name = shared.get(type);
  if (name !== undefined) return `it lies on ${name}, which other machines may write to as well`;
  return `it lies on a file system that Wiggum does not know (type 0x${type.toString(16)})`;
}
