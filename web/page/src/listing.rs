//! How the files of a torrent stand in a list: in folders that open and close, or found and sorted, in the order in which
//! people count.

use std::cmp::Ordering;

use language::lower_case;
use litemap::LiteMap;

/// Torrents of more files than this begin with closed folders.
const MANY: usize = 50;

/// What is listed of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed<'a> {
    /// Names of its folders and its own, with slashes between them.
    pub path: &'a str,
    /// Bytes.
    pub size: u64,
    /// Share of it that is here, 0 to 1.
    pub progress: f32,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A folder.
    Folder {
        /// Its names, with slashes between them.
        path: String,
        /// The last of these, and those before that hold nothing else.
        name: String,
        /// How many folders it lies in that have lines.
        depth: usize,
        /// Files in it, however deep.
        files: u64,
        /// Bytes of these.
        size: u64,
        /// Share of these that is here, 0 to 1.
        progress: f32,
        /// What is in it has lines.
        open: bool,
    },
    /// A file.
    File {
        /// Its position in the torrent.
        file: usize,
        /// How many folders it lies in that have lines.
        depth: usize,
        /// Its name, with its folders where these have no lines.
        name: String,
    },
}

/// What files are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Folders, and in each of them names.
    #[default]
    Name,
    /// The largest first.
    Size,
}

/// What the user chose to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What files are sorted by.
    pub order: Order,
    /// Words that the paths shall have.
    pub search: String,
    /// Folders that were opened or closed, by their paths.
    pub turned: LiteMap<String, ()>,
}

/// The positions of the files, sorted.
#[must_use]
pub fn sorted(files: &[Listed<'_>], order: Order) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..files.len()).collect();
    let keys: Vec<SortKey<'_>> = files.iter().map(|file| SortKey::of(file.path)).collect();
    let by_path = |a: &usize, b: &usize| keys[*a].cmp(&keys[*b]);
    match order {
        Order::Name => sort::by(&mut positions, by_path),
        Order::Size => {
            sort::by(&mut positions, |a, b| files[*b].size.cmp(&files[*a].size).then_with(|| by_path(a, b)));
        }
    }
    positions
}

/// The lines of these files, which are [sorted] so.
#[must_use]
pub fn rows(files: &[Listed<'_>], sorted: &[usize], choice: &Choice) -> Vec<Row> {
    let words: Vec<String> = choice.search.split_whitespace().map(lower_case).collect();
    if words.is_empty() && choice.order == Order::Name {
        let mut rows = Vec::new();
        let shut = files.len() > MANY;
        Folders { files, shut, turned: &choice.turned, rows: &mut rows }.list(sorted, 0, 0);
        return rows;
    }
    let found = |file: &&usize| {
        let path = lower_case(files[**file].path);
        words.iter().all(|word| path.contains(word))
    };
    let row = |file: &usize| Row::File { file: *file, depth: 0, name: files[*file].path.to_owned() };
    sorted.iter().filter(found).map(row).collect()
}

struct Folders<'a> {
    files: &'a [Listed<'a>],
    /// Folders are closed unless they were turned.
    shut: bool,
    turned: &'a LiteMap<String, ()>,
    rows: &'a mut Vec<Row>,
}

impl Folders<'_> {
    /// Lists files that begin with the same `prefix` bytes, a folder's or none, and whose folder has a line at `depth - 1`.
    fn list(&mut self, sorted: &[usize], prefix: usize, depth: usize) {
        let files = self.files;
        let tail = |file: usize| &files[file].path[prefix..];
        let folder = |file: usize| tail(file).split_once('/').map(|(folder, _)| folder);
        for group in sorted.chunk_by(|a, b| folder(*a).is_some() && folder(*a) == folder(*b)) {
            let Some(name) = group.first().and_then(|file| folder(*file)) else {
                let row = |file: &usize| Row::File { file: *file, depth, name: tail(*file).to_owned() };
                self.rows.extend(group.iter().map(row));
                continue;
            };
            // A folder with nothing but a folder in it shares its line.
            let mut end = prefix + name.len();
            while let Some(inner) = common_folder(files, group, end + 1) {
                end += 1 + inner;
            }
            let path = &files[group[0]].path[..end];
            let open = self.shut == self.turned.contains_key(path);
            let size: u64 = group.iter().map(|file| files[*file].size).sum();
            let here = |file: &usize| f64::from(files[*file].progress) * files[*file].size as f64;
            let here: f64 = group.iter().map(here).sum();
            self.rows.push(Row::Folder {
                path: path.to_owned(),
                name: path[prefix..].to_owned(),
                depth,
                files: group.len() as u64,
                size,
                progress: if size > 0 { (here / size as f64) as f32 } else { 1.0 },
                open,
            });
            if open {
                self.list(group, end + 1, depth + 1);
            }
        }
    }
}

/// The length of the name of the one folder that all these files lie in, from that byte of their paths on.
fn common_folder(files: &[Listed<'_>], group: &[usize], from: usize) -> Option<usize> {
    let folder = |file: &usize| files[*file].path.get(from..)?.split_once('/').map(|(folder, _)| folder);
    let first = group.first().and_then(folder)?;
    group.iter().all(|file| folder(file) == Some(first)).then_some(first.len())
}

/// What a path is sorted by: folders before files, and names as people sort them.
#[derive(Debug, PartialEq, Eq)]
pub struct SortKey<'a> {
    path: &'a str,
    lower: String,
}

impl<'a> SortKey<'a> {
    /// That of a path, which has slashes between names.
    #[must_use]
    pub fn of(path: &'a str) -> Self {
        Self { path, lower: lower_case(path) }
    }

    /// Its names, in small letters and as they are.
    fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lower.split('/').zip(self.path.split('/'))
    }
}

impl Ord for SortKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut ours, mut theirs) = (self.names().peekable(), other.names().peekable());
        while let (Some((lower, name)), Some((other_lower, other_name))) = (ours.next(), theirs.next()) {
            let are_last = (ours.peek().is_none(), theirs.peek().is_none());
            let order = are_last.0.cmp(&are_last.1);
            let order = order.then_with(|| natural(lower, other_lower)).then_with(|| name.cmp(other_name));
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for SortKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Sorts numbers in names by what they are, so that img_2 comes before img_10.
fn natural(a: &str, b: &str) -> Ordering {
    let mut pair = (a, b);
    while let (Some(first), Some(second)) = (pair.0.chars().next(), pair.1.chars().next()) {
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number, rest) = number(pair.0);
            let (other, other_rest) = self::number(pair.1);
            pair = (rest, other_rest);
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            pair = (&pair.0[first.len_utf8()..], &pair.1[second.len_utf8()..]);
            first.cmp(&second)
        };
        if order.is_ne() {
            return order;
        }
    }
    pair.0.len().cmp(&pair.1.len()).then_with(|| a.cmp(b))
}

/// The digits at the start without zeros before them, and what follows.
fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed<'a>(paths: &[&'a str]) -> Vec<Listed<'a>> {
        (1..).zip(paths).map(|(size, path)| Listed { path, size, progress: 0.5 }).collect()
    }

    /// Each row as its depth in spaces and its name, folders with a sign before.
    fn drawn(paths: &[&str], choice: &Choice) -> Vec<String> {
        let files = listed(paths);
        let rows = rows(&files, &sorted(&files, choice.order), choice);
        rows.iter()
            .map(|row| match row {
                Row::Folder { name, depth, open, .. } => {
                    format!("{}{} {name}", " ".repeat(*depth), if *open { '-' } else { '+' })
                }
                Row::File { name, depth, .. } => format!("{}{name}", " ".repeat(*depth)),
            })
            .collect()
    }

    #[test]
    fn people_count_two_before_ten() {
        let mut names = ["IMG_10", "img_9", "IMG_2", "IMG_010", "b", "A", "ä", "IMG_2b", "1", "01"];
        names.sort_by_key(|name| SortKey::of(name));
        assert_eq!(names, ["01", "1", "A", "b", "IMG_2", "IMG_2b", "img_9", "IMG_010", "IMG_10", "ä"]);
    }

    #[test]
    fn folders_that_differ_in_capital_letters_only_stay_apart() {
        assert_eq!(drawn(&["a/2", "A/1", "a/1"], &Choice::default()), ["- A", " 1", "- a", " 1", " 2"]);
    }

    #[test]
    fn folders_come_first_and_those_with_one_folder_in_them_share_a_line() {
        let paths = ["z.txt", "b/c/2.txt", "b/c/10.txt", "a/x/1", "a/y/1", "a/0"];
        assert_eq!(
            drawn(&paths, &Choice::default()),
            ["- a", " - x", "  1", " - y", "  1", " 0", "- b/c", " 2.txt", " 10.txt", "z.txt"]
        );
    }

    #[test]
    fn a_closed_folder_says_what_is_in_it() {
        let choice = Choice { turned: LiteMap::from_iter([("a".to_owned(), ())]), ..Choice::default() };
        let files = listed(&["a/x/1", "a/2", "b"]);
        let rows = rows(&files, &sorted(&files, Order::Name), &choice);
        let expected = Row::Folder {
            path: "a".to_owned(),
            name: "a".to_owned(),
            depth: 0,
            files: 2,
            size: 3,
            progress: 0.5,
            open: false,
        };
        assert_eq!(rows[0], expected);
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn folders_of_many_files_begin_closed_and_open_by_their_path() {
        let paths: Vec<String> = (0..=MANY).map(|n| format!("a/b{}/{n}.jpg", n % 2)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(drawn(&paths, &Choice::default()), ["+ a"]);
        let turned = LiteMap::from_iter([("a".to_owned(), ()), ("a/b1".to_owned(), ())]);
        let choice = Choice { turned, ..Choice::default() };
        let rows = drawn(&paths, &choice);
        assert_eq!(rows[..4], ["- a", " + b0", " - b1", "  1.jpg"]);
        assert_eq!(rows.len(), 3 + paths.len() / 2);
    }

    #[test]
    fn a_search_finds_words_anywhere_in_a_path_and_shows_the_whole_of_it() {
        let choice = Choice { search: " summer JPG".to_owned(), ..Choice::default() };
        let paths = ["Summer/a.jpg", "Summer/a.txt", "winter/b.jpg", "x/summertime.jpg"];
        assert_eq!(drawn(&paths, &choice), ["Summer/a.jpg", "x/summertime.jpg"]);
    }

    #[test]
    fn by_size_the_largest_is_first() {
        let choice = Choice { order: Order::Size, ..Choice::default() };
        assert_eq!(drawn(&["a/1", "2", "b/3"], &choice), ["b/3", "2", "a/1"]);
    }

    /// All texts of up to `length` of these characters.
    fn texts(characters: &str, length: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        for _ in 0..length {
            let longer = texts.iter().flat_map(|text| characters.chars().map(move |c| format!("{text}{c}")));
            let longer: Vec<_> = longer.collect();
            texts.extend(longer);
        }
        texts.sort();
        texts.dedup();
        texts
    }

    #[test]
    fn every_file_has_one_line_where_all_folders_are_open() {
        let paths = texts("ab/", 4);
        let paths = paths.iter().map(|path| path.trim_matches('/')).filter(|path| !path.is_empty());
        let paths: Vec<&str> = paths.filter(|path| !path.contains("//")).collect();
        for paths in paths.chunks(MANY).chain(paths.windows(7)) {
            let files = listed(paths);
            let order = sorted(&files, Order::Name);
            let mut lines: Vec<usize> = Vec::new();
            let mut open: Vec<String> = Vec::new();
            for row in rows(&files, &order, &Choice::default()) {
                match row {
                    Row::Folder { path, depth, .. } => {
                        open.truncate(depth);
                        open.push(path);
                    }
                    Row::File { file, depth, name } => {
                        open.truncate(depth);
                        let folders = open.last().map(|path| format!("{path}/")).unwrap_or_default();
                        assert_eq!(format!("{folders}{name}"), paths[file]);
                        lines.push(file);
                    }
                }
            }
            assert_eq!(lines, order);
        }
    }

    #[test]
    fn the_order_of_names_is_one() {
        let names = texts("aA01 é/", 2);
        let names: Vec<_> = names.iter().map(|name| SortKey::of(name)).collect();
        for a in &names {
            for b in &names {
                assert_eq!(a.cmp(b), b.cmp(a).reverse());
                assert_eq!(a.cmp(b).is_eq(), a == b);
                assert!(names.iter().filter(|c| a <= b && b <= c).all(|c| a <= c), "{a:?} {b:?}");
            }
        }
    }
}
