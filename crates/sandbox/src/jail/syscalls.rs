//! seccomp: the few system calls that a decoder with one thread needs, and nothing else.
//! Knows nothing of Landlock; either holds without the other.
//!
//! Two filters, because a call can be refused in two ways. Most get EPERM: libraries ask for a configuration
//! file or the number of processors and live with a no. A few hostile ones kill the process: no decoder calls
//! them even to ask, so whoever does has taken the worker over, and must not get a second try.

use super::Outcome;
use crate::limits::Terms;
use libc::{PROT_EXEC, RLIMIT_CPU, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as ArgLen, SeccompCmpOp as Is, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;

/// Calls that are open whatever their arguments. Reading and writing reach only what is open already: the pipe
/// to the parent, standard error, the source.
const OPEN: &[c_long] = &[
    // The pipe and the source. Not lseek: the source's position is shared with whoever opened it.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_recvmsg,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_fstat,
    libc::SYS_close,
    // Memory; mapping has conditions below.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    // Locks, time, chance.
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    // Panics, aborts and the end.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Calls that no decoder makes: they start programs, reach other processes, the network or the kernel's depths.
const HOSTILE: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_open_by_handle_at,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
];

pub(super) fn allow_few(_: &Terms) -> Outcome {
    let filters = [hostile_filter(), allow_filter()];
    for filter in filters {
        let program = filter.map_err(|error| format!("compile the filter: {error}"))?;
        apply_filter(&program).map_err(|error| format!("install the filter: {error}"))?;
    }
    Ok(format!(
        "{} calls open, {} conditional, the rest refused, {} deadly",
        OPEN.len(),
        CONDITIONAL,
        HOSTILE.len()
    ))
}

/// Kills at the hostile calls. The strictest of all filters wins, so this one may open everything else.
fn hostile_filter() -> Result<BpfProgram, seccompiler::Error> {
    let rules = HOSTILE.iter().map(|&call| (call, Vec::new())).collect();
    compile(rules, SeccompAction::Allow, SeccompAction::KillProcess)
}

/// Opens what is needed and refuses the rest.
fn allow_filter() -> Result<BpfProgram, seccompiler::Error> {
    let mut rules: BTreeMap<_, _> = OPEN.iter().map(|&call| (call, Vec::new())).collect();
    rules.extend(conditional()?);
    compile(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
}

/// How many calls [`conditional`] lists.
const CONDITIONAL: usize = 4;

/// Calls that are open with some arguments only.
fn conditional() -> Result<[(c_long, Vec<SeccompRule>); CONDITIONAL], seccompiler::BackendError> {
    let never_executable = || argument(2, Is::MaskedEq(PROT_EXEC as u64), 0);
    // A process cannot change its number, and this one cannot have children: its own number is itself for ever.
    let itself = u64::from(std::process::id());
    Ok([
        (libc::SYS_mmap, vec![SeccompRule::new(vec![never_executable()?])?]),
        (libc::SYS_mprotect, vec![SeccompRule::new(vec![never_executable()?])?]),
        // To move the soft limit on CPU time before each file. Number 0 is the caller.
        (
            libc::SYS_prlimit64,
            vec![SeccompRule::new(vec![
                argument(0, Is::Eq, 0)?,
                argument(1, Is::Eq, u64::from(RLIMIT_CPU))?,
            ])?],
        ),
        // abort() sends SIGABRT to its own thread.
        (libc::SYS_tgkill, vec![SeccompRule::new(vec![argument(0, Is::Eq, itself)?])?]),
    ])
}

fn argument(index: u8, is: Is, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, ArgLen::Dword, is, value)
}

fn compile(
    rules: BTreeMap<c_long, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    on_match: SeccompAction,
) -> Result<BpfProgram, seccompiler::Error> {
    let arch: TargetArch = std::env::consts::ARCH.try_into()?;
    Ok(SeccompFilter::new(rules, otherwise, on_match, arch)?.try_into()?)
}
