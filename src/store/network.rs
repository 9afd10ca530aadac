//! Network file systems, where neither the locks nor the shared memory of SQLite can be relied on
//! (<https://sqlite.org/useovernet.html>).

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::major;
use rustix::fs::minor;

/// What is mounted, one mount per line (proc(5)).
const MOUNTS: &str = "/proc/self/mountinfo";
/// Types of file systems that several machines share, as the kernel names them.
const TYPES: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "smb3",
    "smbfs",
];
/// Programs that mount one through FUSE: their type is `fuse.NAME`.
const FUSE: &[&str] = &[
    "ceph",
    "curlftpfs",
    "davfs",
    "gcsfuse",
    "glusterfs",
    "goofys",
    "juicefs",
    "lustre",
    "moosefs",
    "rclone",
    "s3fs",
    "seaweedfs",
    "smbnetfs",
    "sshfs",
];

/// Returns the type of the network file system that has a directory; `None` if the directory is on a
/// local one, or it is not known.
pub fn network_file_system(directory: &Path) -> Option<String> {
    let device = fs::metadata(directory).ok()?.dev();
    let mounts = fs::read_to_string(MOUNTS).ok()?;
    let found = type_of(&mounts, &format!("{}:{}", major(device), minor(device)))?;
    is_network(found).then(|| found.to_owned())
}

/// Returns the type of the file system with a device number.
fn type_of<'m>(mounts: &'m str, device: &str) -> Option<&'m str> {
    mounts.lines().find_map(|line| {
        let (mount, source) = line.split_once(" - ")?;
        let is_it = mount.split(' ').nth(2)? == device;
        is_it.then(|| source.split(' ').next()).flatten()
    })
}

fn is_network(kind: &str) -> bool {
    match kind.strip_prefix("fuse.") {
        Some(program) => FUSE.contains(&program),
        None => TYPES.contains(&kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_mount_is_found_by_its_device() {
        let mounts = "\
            22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw\n\
            40 22 0:35 / /mnt/share rw,relatime shared:20 master:3 - nfs4 files.example:/x rw\n\
            41 22 0:36 / /mnt/a\\040b rw - fuse.sshfs ann@files.example: rw,user_id=0\n\
            42 22 0:37 / /mnt/c rw - fuse.mergerfs a:b rw\n\
            damaged\n";
        for (device, kind, network) in [
            ("259:1", Some("ext4"), false),
            ("0:35", Some("nfs4"), true),
            ("0:36", Some("fuse.sshfs"), true),
            ("0:37", Some("fuse.mergerfs"), false),
            ("0:3", None, false),
            ("9:9", None, false),
        ] {
            let found = type_of(mounts, device);
            assert_eq!(found, kind, "{device}");
            assert_eq!(found.is_some_and(is_network), network, "{device}");
        }
    }

    #[test]
    fn a_temporary_directory_is_local() {
        assert_eq!(network_file_system(tempfile::tempdir().unwrap().path()), None);
        assert_eq!(network_file_system(Path::new("/nowhere/at/all")), None);
        // The kernel's own file system is on the list of mounts as any other.
        let device = fs::metadata("/proc/self").unwrap().dev();
        let mounts = fs::read_to_string(MOUNTS).unwrap();
        let found = type_of(&mounts, &format!("{}:{}", major(device), minor(device)));
        assert_eq!(found, Some("proc"));
    }
}
