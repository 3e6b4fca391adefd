//! Tasks that are polled when they were woken, in the order in which they were.
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;
type TaskId = usize;
type Ready = Mutex<VecDeque<TaskId>>;

#[derive(Default)]
pub struct Executor {
    tasks: RefCell<HashMap<TaskId, Task>>,
    ready: Arc<Ready>,
}

struct TaskWaker {
    task: TaskId,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.lock().expect("there is one thread").push_back(self.task);
    }
}

impl Executor {
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.len();
        tasks.insert(task, Box::pin(future));
        self.ready.lock().expect("there is one thread").push_back(task);
    }

    /// Polls until every task has ended.
    ///
    /// # Panics
    /// If tasks are left of which none will ever be woken.
    pub fn run(self) {
        let mut tasks = self.tasks.into_inner();
        while !tasks.is_empty() {
            let task = self.ready.lock().expect("there is one thread").pop_front().expect("deadlock");
            let waker = Waker::from(Arc::new(TaskWaker { task, ready: self.ready.clone() }));
            // A task which has ended may still be woken.
            let Some(future) = tasks.get_mut(&task) else { continue };
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                tasks.remove(&task);
            }
        }
    }
}
